"""Upper limits of this installation. A plan can lower them, not raise them."""

from __future__ import annotations

from dataclasses import dataclass

from creator.config.declaration import setting


@dataclass(frozen=True)
class BillingConfig:
    """`billing.plans.limits_of` combines these with the user's plan."""

    max_upload_mib: int = setting("MAX_UPLOAD_MIB", 40, "largest photo file, in MiB")
    max_megapixels: int = setting(
        "MAX_MEGAPIXELS", 50, "largest photo, in megapixels as makers round them: 5 % more pixels are taken"
    )
    max_batch_files: int = setting("MAX_BATCH_FILES", 50, "most photos in one batch")
