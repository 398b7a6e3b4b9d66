from creator.platform.doorbell import Doorbell

MOST_RINGS = 4
doorbell = Doorbell("platform.deliver", most=MOST_RINGS)
