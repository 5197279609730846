"""ElastiCache: groups of parameters, deletion of groups of subnets, and changes of a replication group."""

from types import SimpleNamespace

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.responses import ElastiCacheResponse

from . import MADE, adds_to, kept


class NotFound(ServiceException):
    code = "CacheParameterGroupNotFound"
    message = "the group of parameters is not there"


@adds_to("elasticache")
class Additions:
    def _groups(self):
        return kept(self.elasticache_backend)["parameter groups"]

    def _group(self):
        name = self._get_param("CacheParameterGroupName")
        if name not in self._groups():
            raise NotFound()
        return self._groups()[name]

    def create_cache_parameter_group(self):
        MADE["aws_elasticache_parameter_group"] += 1
        name = self._get_param("CacheParameterGroupName")
        group = {
            "CacheParameterGroupName": name,
            "CacheParameterGroupFamily": self._get_param("CacheParameterGroupFamily"),
            "Description": self._get_param("Description"),
            "IsGlobal": False,
            "ARN": f"arn:aws:elasticache:{self.region}:{self.current_account}:parametergroup:{name}",
        }
        self._groups()[name] = group | {"parameters": {}}
        self.elasticache_backend.tagging_service.tag_resource(group["ARN"], self._get_param("Tags") or [])
        return ActionResult({"CacheParameterGroup": group})

    def describe_cache_parameter_groups(self):
        return ActionResult({"CacheParameterGroups": [self._group()]})

    def describe_cache_parameters(self):
        # With another source than the user's there is nothing to be said.
        given = self._group()["parameters"] if self._get_param("Source") in (None, "user") else {}
        return ActionResult({"Parameters": [{"ParameterName": n, "ParameterValue": v, "Source": "user"} for n, v in given.items()]})

    def modify_cache_parameter_group(self):
        group = self._group()
        for one in self._get_param("ParameterNameValues"):
            group["parameters"][one["ParameterName"]] = one["ParameterValue"]
        return ActionResult({"CacheParameterGroupName": group["CacheParameterGroupName"]})

    def delete_cache_parameter_group(self):
        del self._groups()[self._group()["CacheParameterGroupName"]]
        return EmptyResult()

    def delete_cache_subnet_group(self):
        del self.elasticache_backend.cache_subnet_groups[self._get_param("CacheSubnetGroupName")]
        return EmptyResult()

    def modify_replication_group(self):
        group = self.elasticache_backend.replication_groups[self._get_param("ReplicationGroupId")]
        group.cache_node_type = self._get_param("CacheNodeType") or group.cache_node_type
        return ActionResult({"ReplicationGroup": group})


plain = ElastiCacheResponse.describe_cache_clusters


def describe_cache_clusters(self):
    """The nodes of a replication group are clusters as well; moto makes none for them."""
    name = self._get_param("CacheClusterId")
    for group in self.elasticache_backend.replication_groups.values():
        if name in group.member_clusters:
            node = SimpleNamespace(
                cache_cluster_id=name,
                replication_group_id=group.replication_group_id,
                cache_node_type=group.cache_node_type,
                engine=group.engine,
                engine_version=f"{group.engine_version}.0",
                cache_cluster_status="available",
                cache_parameter_group={"CacheParameterGroupName": group.cache_parameter_group_name},
                cache_subnet_group_name=group.cache_subnet_group_name,
                security_groups=[{"SecurityGroupId": one, "Status": "active"} for one in group.security_group_ids],
                preferred_maintenance_window=group.preferred_maintenance_window,
                auto_minor_version_upgrade=True,
                snapshot_retention_limit=group.snapshot_retention_limit,
                snapshot_window=group.snapshot_window,
                arn=f"arn:aws:elasticache:{self.region}:{self.current_account}:cluster:{name}",
            )
            return ActionResult({"CacheClusters": [node]})
    return plain(self)


ElastiCacheResponse.describe_cache_clusters = describe_cache_clusters
