"""MSK: configurations, users of SCRAM, the brokers' addresses, and clusters that become active."""

from datetime import datetime, timezone
from urllib.parse import unquote
from uuid import uuid4

import json

from moto.kafka.exceptions import NotFoundException
from moto.kafka.models import KafkaBackend

from . import MADE, adds_to, kept

PATHS = (
    r"/v1/configurations$",
    r"/v1/configurations/(?P<arn>.+)$",
    r"/v1/operations/(?P<operation>.+)$",
)


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@adds_to("kafka", PATHS)
class Additions:
    def _path(self, after, before=""):
        """What stands in the path after one word, and before another."""
        return unquote(self.parsed_url.path.split(after, 1)[-1].removesuffix(before))

    def _configuration(self):
        arn = self._path("/configurations/").split("/revisions/")[0]
        configurations = kept(self.kafka_backend)["configurations"]
        if arn not in configurations:
            raise NotFoundException(f"{arn} is not there")
        return configurations[arn]

    def create_configuration(self):
        MADE["aws_msk_configuration"] += 1
        name = self._get_param("name")
        arn = f"arn:aws:kafka:{self.region}:{self.current_account}:configuration/{name}/{uuid4()}"
        revision = {"creationTime": now(), "description": self._get_param("description") or "", "revision": 1}
        kept(self.kafka_backend)["configurations"][arn] = {
            "arn": arn,
            "creationTime": revision["creationTime"],
            "description": revision["description"],
            "kafkaVersions": self._get_param("kafkaVersions") or [],
            "latestRevision": revision,
            "name": name,
            "state": "ACTIVE",
            "properties": self._get_param("serverProperties"),
        }
        return json.dumps(kept(self.kafka_backend)["configurations"][arn])

    def describe_configuration(self):
        return json.dumps(self._configuration())

    def describe_configuration_revision(self):
        configuration = self._configuration()
        return json.dumps(configuration["latestRevision"] | {"arn": configuration["arn"], "serverProperties": configuration["properties"]})

    def delete_configuration(self):
        configuration = self._configuration()
        del kept(self.kafka_backend)["configurations"][configuration["arn"]]
        return json.dumps({"arn": configuration["arn"], "state": "DELETING"})

    def get_bootstrap_brokers(self):
        name = self._path("/clusters/", "/bootstrap-brokers").rsplit("/", 2)[-1]
        brokers = {
            "bootstrapBrokerStringSaslIam": 9098,
            "bootstrapBrokerStringSaslScram": 9096,
            "bootstrapBrokerStringTls": 9094,
        }
        return json.dumps({key: ",".join(f"b-{n}.{name[:8]}.c1.kafka.{self.region}.amazonaws.com:{port}" for n in (1, 2, 3)) for key, port in brokers.items()})

    def _scram(self):
        return kept(self.kafka_backend)["scram"].setdefault(self._path("/clusters/", "/scram-secrets"), [])

    def batch_associate_scram_secret(self):
        MADE["aws_msk_scram_secret_association"] += 1
        self._scram().extend(self._get_param("secretArnList"))
        return json.dumps({"clusterArn": self._path("/clusters/", "/scram-secrets"), "unprocessedScramSecrets": []})

    def batch_disassociate_scram_secret(self):
        for arn in self._get_param("secretArnList"):
            self._scram().remove(arn)
        return json.dumps({"clusterArn": self._path("/clusters/", "/scram-secrets"), "unprocessedScramSecrets": []})

    def list_scram_secrets(self):
        return json.dumps({"secretArnList": self._scram()})

    def update_broker_type(self):
        arn = self._path("/clusters/", "/nodes/type")
        self.kafka_backend.clusters[arn].broker_node_group_info["instanceType"] = self._get_param("targetInstanceType")
        return self._done(arn)

    def _done(self, arn):
        return json.dumps({"clusterArn": arn, "clusterOperationArn": arn.replace(":cluster/", ":cluster-operation/")})

    def describe_cluster_operation(self):
        arn = self._path("/operations/")
        return json.dumps({"clusterOperationInfo": {"operationArn": arn, "operationState": "UPDATE_COMPLETE"}})


plain = KafkaBackend.create_cluster


def create_cluster(self, *arguments, **options):
    """A cluster that was made becomes active, and says where its configuration is."""
    arn, name, _ = plain(self, *arguments, **options)
    self.clusters[arn].state = "ACTIVE"
    return arn, name, "ACTIVE"


KafkaBackend.create_cluster = create_cluster
