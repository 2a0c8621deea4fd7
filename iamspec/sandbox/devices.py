"""Operations on MFA devices."""

from typing import Any

from iamspec.sandbox import tags, views
from iamspec.sandbox.entities import Device
from iamspec.sandbox.operations import DONE, Operations
from iamspec.sandbox.quotas import MFA_DEVICES_PER_USER
from iamspec.sandbox.refusals import Refused, missing
from iamspec.sandbox.upstream import ActionResult

ROOT_DEVICE = "mfa/root-account-mfa-device"


class Devices(Operations):
    """MFA devices. The codes of a device are not checked."""

    def create_virtual_mfa_device(self) -> Any:
        account = self.account
        name = self.params.get("Path", "/") + self.params["VirtualMFADeviceName"]
        device = Device(account.account_id, account.partition, name)
        if device.serial_number in account.virtual_mfa_devices:
            raise Refused("EntityAlreadyExists", "MFA device already exists.")
        device.tags = tags.merged({}, self.params.get("Tags", []), folded=False)
        account.virtual_mfa_devices[device.serial_number] = device
        secret = {"Base32StringSeed": device.base32_string_seed.encode(), "QRCodePNG": device.qr_code_png}
        marks = {"Tags": views.shown(device.tags)} if device.tags else {}
        return ActionResult({"VirtualMFADevice": {"SerialNumber": device.serial_number} | secret | marks})

    def enable_mfa_device(self) -> Any:
        user, serial = self.user(), self.params["SerialNumber"]
        if ":mfa/" in serial and serial not in self.account.virtual_mfa_devices:
            raise missing(f"VirtualMFADevice with serial number {serial}")
        if any(serial in other.mfa_devices for other in self.account.users.values()):
            raise Refused("EntityAlreadyExists", "MFA Device is already in use.")
        if len(user.mfa_devices) >= MFA_DEVICES_PER_USER:
            raise Refused("LimitExceeded", f"Cannot exceed quota for MFADevicesPerUser: {MFA_DEVICES_PER_USER}")
        return super().enable_mfa_device()

    def list_virtual_mfa_devices(self) -> Any:
        status = self.params.get("AssignmentStatus", "Any")
        shown = [views.device(one) for one in self.account.virtual_mfa_devices.values()]
        if self.account.root.mfa == "virtual":
            owner = {"UserId": self.account.account_id, "Arn": self.account.arn("root")}
            created = {"CreateDate": self.account.root.created}
            device = {"SerialNumber": self.account.arn(ROOT_DEVICE), "EnableDate": self.account.root.created}
            shown.append(device | {"User": owner | created})
        wanted = {"Any": (True, False), "Assigned": (True,), "Unassigned": (False,)}[status]
        return ActionResult({"VirtualMFADevices": [one for one in shown if ("EnableDate" in one) in wanted]})

    def get_mfa_device(self) -> Any:
        raise Refused("ValidationError", "Only hardware FIDO security keys are supported.")

    def delete_virtual_mfa_device(self) -> Any:
        device = self._device()
        if device.user is not None:
            raise Refused("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.")
        del self.account.virtual_mfa_devices[device.serial_number]
        return DONE

    def list_mfa_device_tags(self) -> Any:
        return ActionResult({"Tags": views.shown(self._device().tags)})

    def tag_mfa_device(self) -> Any:
        device = self._device()
        device.tags = tags.added(device.tags, self.params["Tags"], folded=False)
        return DONE

    def untag_mfa_device(self) -> Any:
        device = self._device()
        device.tags = tags.without(device.tags, self.params["TagKeys"], folded=False)
        return DONE

    def _device(self) -> Device:
        serial = self.params["SerialNumber"]
        if (found := self.account.virtual_mfa_devices.get(serial)) is None:
            raise missing(f"VirtualMFADevice with serial number {serial}")
        return found
