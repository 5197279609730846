"""EKS: add-ons, access entries, Pod Identity; and what a cluster says of itself."""

from uuid import uuid4

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.eks.exceptions import ResourceNotFoundException
from moto.eks.models import Cluster

from . import MADE, adds_to, kept

PATHS = (
    r"/clusters/(?P<name>[^/]+)/addons$",
    r"/clusters/(?P<name>[^/]+)/addons/(?P<addonName>[^/]+)$",
    r"/clusters/(?P<name>[^/]+)/addons/(?P<addonName>[^/]+)/update$",
    r"/clusters/(?P<name>[^/]+)/access-entries$",
    r"/clusters/(?P<name>[^/]+)/access-entries/(?P<principalArn>.+)$",
    r"/clusters/(?P<name>[^/]+)/pod-identity-associations$",
    r"/clusters/(?P<name>[^/]+)/pod-identity-associations/(?P<associationId>[^/]+)$",
    r"/clusters/(?P<name>[^/]+)/updates/(?P<updateId>[^/]+)$",
)


def found(things, key):
    if key not in things:
        raise ResourceNotFoundException(
            clusterName=None, nodegroupName=None, fargateProfileName=None, addonName=None, message=f"{key} is not there"
        )
    return things[key]


@adds_to("eks", PATHS)
class Additions:
    def _all(self, kind):
        return kept(self.eks_backend)[kind, self._get_param("name")]

    def _arn(self, kind, name):
        cluster = self._get_param("name")
        return f"arn:aws:eks:{self.region}:{self.current_account}:{kind}/{cluster}/{name}"

    def create_addon(self):
        name, now = self._get_param("addonName"), utcnow()
        MADE["aws_eks_addon"] += 1
        associations = [
            self._associate("kube-system", one["serviceAccount"], one["roleArn"], {})["associationArn"]
            for one in self._get_param("podIdentityAssociations") or []
        ]
        self._all("addons")[name] = {
            "addonName": name,
            "clusterName": self._get_param("name"),
            "status": "ACTIVE",
            "addonVersion": self._get_param("addonVersion") or "v1.0.0-eksbuild.1",
            "health": {"issues": []},
            "addonArn": self._arn("addon", f"{name}/{uuid4()}"),
            "createdAt": now,
            "modifiedAt": now,
            "tags": self._get_param("tags") or {},
            "configurationValues": self._get_param("configurationValues"),
            "podIdentityAssociations": associations,
        }
        return ActionResult({"addon": self._all("addons")[name]})

    def describe_addon(self):
        return ActionResult({"addon": found(self._all("addons"), self._get_param("addonName"))})

    def delete_addon(self):
        addon = found(self._all("addons"), self._get_param("addonName"))
        del self._all("addons")[addon["addonName"]]
        return ActionResult({"addon": addon | {"status": "DELETING"}})

    def update_addon(self):
        addon = found(self._all("addons"), self._get_param("addonName"))
        for name in ("addonVersion", "configurationValues"):
            addon[name] = self._get_param(name) or addon[name]
        return ActionResult({"update": {"id": str(uuid4()), "status": "Successful", "type": "AddonUpdate", "createdAt": utcnow()}})

    def describe_update(self):
        return ActionResult({"update": {"id": self._get_param("updateId"), "status": "Successful", "createdAt": utcnow()}})

    def create_access_entry(self):
        principal, now = self._get_param("principalArn"), utcnow()
        MADE["aws_eks_access_entry"] += 1
        self._all("entries")[principal] = {
            "clusterName": self._get_param("name"),
            "principalArn": principal,
            "kubernetesGroups": self._get_param("kubernetesGroups") or [],
            "accessEntryArn": self._arn("access-entry", uuid4()),
            "createdAt": now,
            "modifiedAt": now,
            "tags": self._get_param("tags") or {},
            "username": self._get_param("username") or principal,
            "type": self._get_param("type") or "STANDARD",
        }
        return ActionResult({"accessEntry": self._all("entries")[principal]})

    def describe_access_entry(self):
        return ActionResult({"accessEntry": found(self._all("entries"), self._get_param("principalArn"))})

    def delete_access_entry(self):
        found(self._all("entries"), self._get_param("principalArn"))
        del self._all("entries")[self._get_param("principalArn")]
        return EmptyResult()

    def associate_access_policy(self):
        principal, now = self._get_param("principalArn"), utcnow()
        found(self._all("entries"), principal)
        MADE["aws_eks_access_policy_association"] += 1
        policy = {
            "policyArn": self._get_param("policyArn"),
            "accessScope": self._get_param("accessScope"),
            "associatedAt": now,
            "modifiedAt": now,
        }
        self._all("policies")[principal, policy["policyArn"]] = policy
        return ActionResult({"clusterName": self._get_param("name"), "principalArn": principal, "associatedAccessPolicy": policy})

    def list_associated_access_policies(self):
        principal = self._get_param("principalArn")
        found(self._all("entries"), principal)
        policies = [policy for (whose, _), policy in self._all("policies").items() if whose == principal]
        return ActionResult({"clusterName": self._get_param("name"), "principalArn": principal, "associatedAccessPolicies": policies})

    def disassociate_access_policy(self):
        self._all("policies").pop((self._get_param("principalArn"), self._get_param("policyArn")), None)
        return EmptyResult()

    def _associate(self, namespace, account, role, tags):
        now, name = utcnow(), f"a-{uuid4().hex[:16]}"
        association = {
            "clusterName": self._get_param("name"),
            "namespace": namespace,
            "serviceAccount": account,
            "roleArn": role,
            "associationArn": self._arn("podidentityassociation", name),
            "associationId": name,
            "tags": tags,
            "createdAt": now,
            "modifiedAt": now,
        }
        self._all("associations")[name] = association
        return association

    def create_pod_identity_association(self):
        MADE["aws_eks_pod_identity_association"] += 1
        association = self._associate(
            self._get_param("namespace"), self._get_param("serviceAccount"), self._get_param("roleArn"), self._get_param("tags") or {}
        )
        return ActionResult({"association": association})

    def describe_pod_identity_association(self):
        return ActionResult({"association": found(self._all("associations"), self._get_param("associationId"))})

    def list_pod_identity_associations(self):
        return ActionResult({"associations": list(self._all("associations").values())})

    def delete_pod_identity_association(self):
        association = found(self._all("associations"), self._get_param("associationId"))
        del self._all("associations")[association["associationId"]]
        return ActionResult({"association": association})


plain = Cluster.__init__


def init(self, *arguments, **options):
    """A cluster has a security group of its own, and says how it is entered and upgraded."""
    plain(self, *arguments, **options)
    ec2 = ec2_backends[options["account_id"]][options["region_name"]]
    subnets = ec2.describe_subnets(subnet_ids=self.resources_vpc_config["subnetIds"])
    group = ec2.create_security_group(f"eks-cluster-sg-{self.name}", "the cluster's own", vpc_id=subnets[0].vpc_id, force=True)
    self.resources_vpc_config = {"publicAccessCidrs": ["0.0.0.0/0"], "securityGroupIds": []} | self.resources_vpc_config
    self.resources_vpc_config |= {"clusterSecurityGroupId": group.id, "vpcId": subnets[0].vpc_id}
    self.access_config = {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}
    self.upgrade_policy = {"supportType": "STANDARD"}


Cluster.__init__ = init
