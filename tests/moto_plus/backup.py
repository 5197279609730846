"""AWS Backup: what a plan selects, and vaults that hold nothing yet."""

import json
from uuid import uuid4

from moto.core.utils import unix_time

from . import MADE, adds_to, kept

PATHS = (
    r"/backup/plans/(?P<plan>[^/]+)/selections/?$",
    r"/backup/plans/(?P<plan>[^/]+)/selections/(?P<selection>[^/]+)$",
    r"/backup-vaults/(?P<vault>[^/]+)/recovery-points/?$",
)


@adds_to("backup", PATHS)
class Additions:
    def _selections(self):
        return kept(self.backup_backend)["selections"]

    def create_backup_selection(self):
        MADE["aws_backup_selection"] += 1
        selection = {
            "BackupPlanId": self.path.split("/plans/")[1].split("/")[0],
            "BackupSelection": self._get_param("BackupSelection"),
            "CreationDate": unix_time(),
            "SelectionId": str(uuid4()),
        }
        self._selections()[selection["SelectionId"]] = selection
        return json.dumps({key: value for key, value in selection.items() if key != "BackupSelection"})

    def get_backup_selection(self):
        name = self.path.rsplit("/", 1)[1]
        if name not in self._selections():
            return 404, {"status": 404, "x-amzn-errortype": "ResourceNotFoundException"}, json.dumps({"message": f"{name} is not there"})
        return json.dumps(self._selections()[name])

    def delete_backup_selection(self):
        self._selections().pop(self.path.rsplit("/", 1)[1], None)
        return "{}"

    def list_recovery_points_by_backup_vault(self):
        return json.dumps({"RecoveryPoints": []})
