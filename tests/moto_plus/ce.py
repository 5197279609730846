"""Cost Explorer: what tells of anomalies."""

import json
from uuid import uuid4

from . import MADE, adds_to, kept


@adds_to("ce")
class Additions:
    def _create(self, kind, arn_key):
        thing = self._get_param(kind)
        arn = f"arn:aws:ce::{self.current_account}:{kind.lower()}/{uuid4()}"
        kept(self.ce_backend)[kind][arn] = thing | {arn_key: arn}
        self.ce_backend.tagger.tag_resource(arn, self._get_param("ResourceTags") or [])
        return json.dumps({arn_key: arn})

    def _get(self, kind, arn_key):
        wanted = self._get_param(f"{arn_key}List")
        things = kept(self.ce_backend)[kind]
        return json.dumps({f"{kind}s": [thing for arn, thing in things.items() if not wanted or arn in wanted]})

    def _delete(self, kind, arn_key):
        kept(self.ce_backend)[kind].pop(self._get_param(arn_key), None)
        return "{}"

    def create_anomaly_monitor(self):
        MADE["aws_ce_anomaly_monitor"] += 1
        return self._create("AnomalyMonitor", "MonitorArn")

    def get_anomaly_monitors(self):
        return self._get("AnomalyMonitor", "MonitorArn")

    def delete_anomaly_monitor(self):
        return self._delete("AnomalyMonitor", "MonitorArn")

    def create_anomaly_subscription(self):
        MADE["aws_ce_anomaly_subscription"] += 1
        return self._create("AnomalySubscription", "SubscriptionArn")

    def get_anomaly_subscriptions(self):
        return self._get("AnomalySubscription", "SubscriptionArn")

    def delete_anomaly_subscription(self):
        return self._delete("AnomalySubscription", "SubscriptionArn")
