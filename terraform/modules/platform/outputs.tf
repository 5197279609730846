output "cluster_name" {
  description = "The EKS cluster."
  value       = module.eks.name
}

output "kubeconfig" {
  description = "The command that lets kubectl speak to it."
  value       = "aws eks update-kubeconfig --region ${data.aws_region.current.name} --name ${module.eks.name}"
}

output "node_groups" {
  description = "The least and the most nodes of each group."
  value       = module.eks.node_group_sizes
}

output "host" {
  description = "The name that people open."
  value       = module.edge.host
}

output "name_servers" {
  description = "To which the parent zone must lead."
  value       = module.edge.name_servers
}

output "ingress" {
  description = "Annotations of the ingress."
  value       = module.edge.ingress
}

output "images" {
  description = "The repositories' addresses."
  value       = one(module.ecr[*].urls)
}

output "networks" {
  description = "The networks that k8s/overlays names: load balancers are in the first, stores in the second."
  value       = { public = module.vpc.public_cidr, database = module.vpc.database_cidr }
}

output "secrets" {
  description = "The secrets' names."
  value       = sort(module.secrets.names)
}

output "nat_addresses" {
  description = "From where webhooks and mail come."
  value       = module.vpc.nat_addresses
}

# Certificates of AWS's stores have AWS's names, and Raally checks them: the addresses cannot be aliases of ours.
output "endpoints_env" {
  description = "The file k8s/overlays/<environment>/endpoints.env."
  value       = <<-ENV
    RAALLY__ADDRESS=https://${module.edge.host}
    RAALLY__POSTGRES__URL=postgres://raally_server@${module.rds.address}:5432/raally?sslmode=require
    RAALLY__POSTGRES__OWNER_URL=postgres://raally_owner@${module.rds.address}:5432/raally?sslmode=require
    RAALLY__REDIS__URLS=["rediss://${module.elasticache.address}:6379"]
    RAALLY__REDIS__CLUSTER=true
    RAALLY__KAFKA__BROKERS=${module.msk.brokers}
    RAALLY__KAFKA__SECURITY=iam
    RAALLY__KAFKA__REGION=${data.aws_region.current.name}
    RAALLY__TELEMETRY__ENDPOINT=http://opentelemetry-collector.monitoring:4318
  ENV
}
