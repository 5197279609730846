output "id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "cidr" {
  description = "Its addresses."
  value       = aws_vpc.this.cidr_block
}

output "public_cidr" {
  description = "What holds all public subnets, as k8s/overlays names it: load balancers are there."
  value       = cidrsubnet(var.cidr, 4, 0)
}

output "database_cidr" {
  description = "What holds all database subnets, as k8s/overlays names it: stores are there."
  value       = cidrsubnet(var.cidr, 2, 2)
}

output "public_subnet_ids" {
  description = "The public subnets, a zone each."
  value       = [for zone in var.zones : aws_subnet.public[zone].id]
}

output "private_subnet_ids" {
  description = "The private subnets, a zone each."
  value       = [for zone in var.zones : aws_subnet.private[zone].id]
}

output "database_subnet_ids" {
  description = "The database subnets, a zone each."
  value       = [for zone in var.zones : aws_subnet.database[zone].id]
}

output "nat_addresses" {
  description = "From where webhooks and mail come."
  value       = [for zone in local.nat_zones : aws_eip.nat[zone].public_ip]
}
