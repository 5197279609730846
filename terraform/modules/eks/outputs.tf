output "name" {
  description = "The cluster, once its control plane answers; nodes may still be on their way."
  value       = aws_eks_cluster.this.name
}

output "endpoint" {
  description = "Where the API server answers."
  value       = aws_eks_cluster.this.endpoint
}

output "security_group_id" {
  description = "What nodes and pods are in: stores let it in."
  value       = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
}

output "volume_key_arn" {
  description = "The key of volumes."
  value       = module.volume_key.arn
}

output "node_group_sizes" {
  description = "The least and the most nodes of each group."
  value       = { for name, group in var.node_groups : name => "${group.least}-${group.most}" }
}
