from creator.platform.doorbell import Doorbell

doorbell = Doorbell("accounts.make_exports", most=1)
