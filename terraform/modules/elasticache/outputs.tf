output "address" {
  description = "Where clients learn of the cluster's nodes, by the name that their certificates have."
  value       = aws_elasticache_replication_group.this.configuration_endpoint_address
}

output "nodes" {
  description = "The nodes, as ElastiCache names them by itself: group, shard, copy. Known before they are there, as alarms need it."
  value = flatten([
    for shard in range(1, var.shards + 1) : [
      for copy in range(1, var.replicas + 2) : format("%s-%04d-%03d", aws_elasticache_replication_group.this.replication_group_id, shard, copy)
    ]
  ])
}
