# What wakes somebody. Each alarm is a line: what, of what, beyond which value, for how long.
locals {
  databases = {
    cpu         = { metric = "CPUUtilization", more_than = 85, minutes = 15 }
    connections = { metric = "DatabaseConnections", more_than = 400, minutes = 10 }
    storage     = { metric = "FreeStorageSpace", less_than = 10 * pow(2, 30), minutes = 10 }
    lag         = { metric = "ReplicaLag", more_than = 30, minutes = 10 }
  }

  cache = {
    cpu       = { metric = "EngineCPUUtilization", more_than = 85, minutes = 15 }
    evictions = { metric = "Evictions", more_than = 1000, minutes = 15 }
    memory    = { metric = "DatabaseMemoryUsagePercentage", more_than = 85, minutes = 15 }
  }

  kafka = {
    controller = { metric = "ActiveControllerCount", less_than = 1, minutes = 5 }
    offline    = { metric = "OfflinePartitionsCount", more_than = 0, minutes = 5 }
  }

  # All of them by a name of their own.
  alarms = merge(
    { for pair in setproduct(var.databases, keys(local.databases)) : "${pair[0]}-${pair[1]}" => merge(local.databases[pair[1]], {
      namespace = "AWS/RDS", of = { DBInstanceIdentifier = pair[0] }, missing = pair[1] == "lag" ? "notBreaching" : "breaching"
    }) },
    { for pair in setproduct(var.cache_nodes, keys(local.cache)) : "${pair[0]}-${pair[1]}" => merge(local.cache[pair[1]], {
      namespace = "AWS/ElastiCache", of = { CacheClusterId = pair[0] }, missing = "breaching"
    }) },
    { for name, alarm in local.kafka : "${var.kafka_cluster}-kafka-${name}" => merge(alarm, {
      namespace = "AWS/Kafka", of = { "Cluster Name" = var.kafka_cluster }, missing = "breaching"
    }) },
    {
      "${var.name}-nodes" = {
        metric = "cluster_failed_node_count", more_than = 0, minutes = 10, namespace = "ContainerInsights", of = { ClusterName = var.cluster_name }, missing = "notBreaching"
      }
      "${var.name}-restarts" = {
        metric = "pod_number_of_container_restarts", more_than = 3, minutes = 15, namespace = "ContainerInsights", of = { ClusterName = var.cluster_name, Namespace = "raally" }, missing = "notBreaching"
      }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = each.key
  alarm_description   = "${each.value.metric} ${try("over ${each.value.more_than}", "under ${each.value.less_than}")} for ${each.value.minutes} minutes"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.of
  statistic           = try(each.value.less_than, null) != null ? "Minimum" : "Maximum"
  comparison_operator = try(each.value.less_than, null) != null ? "LessThanThreshold" : "GreaterThanThreshold"
  threshold           = try(each.value.more_than, each.value.less_than)
  period              = 60
  evaluation_periods  = each.value.minutes
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}
