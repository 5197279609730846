# All of an environment. staging and production differ in what they give this module.
locals {
  name         = "raally-${var.environment}"
  cluster_name = "${local.name}-cluster"
}

data "aws_region" "current" {}

module "vpc" {
  source = "../vpc"

  name            = local.name
  cluster_name    = local.cluster_name
  zones           = var.zones
  one_nat_gateway = var.one_nat_gateway
}

module "eks" {
  source = "../eks"

  name                = local.cluster_name
  kubernetes_version  = var.kubernetes_version
  subnet_ids          = module.vpc.private_subnet_ids
  public_access_cidrs = var.api_networks
  administrators      = var.administrators
  node_groups         = var.node_groups
}

module "cluster_addons" {
  source = "../cluster-addons"

  cluster_name        = module.eks.name
  volume_key_arn      = module.eks.volume_key_arn
  zone_arn            = module.edge.zone_arn
  read_secrets_policy = module.secrets.read_policy
}

module "ecr" {
  source = "../ecr"
  count  = length(var.repositories) > 0 ? 1 : 0

  repositories = var.repositories
  key_name     = "${local.name}-images"
}

module "edge" {
  source    = "../edge"
  providers = { aws = aws, aws.us_east_1 = aws.us_east_1 }

  name     = local.name
  host     = var.host
  cdn      = var.cdn
  vpc_id   = module.vpc.id
  vpc_cidr = module.vpc.cidr
}

module "observability" {
  source = "../observability"

  name               = local.name
  cluster_name       = module.eks.name
  mail               = var.mail
  managed_prometheus = var.managed_monitoring
  managed_grafana    = var.managed_monitoring
  databases          = module.rds.identifiers
  cache_nodes        = module.elasticache.nodes
  kafka_cluster      = module.msk.name
}

module "backup" {
  source    = "../backup"
  providers = { aws = aws, aws.elsewhere = aws.elsewhere }

  name         = local.name
  resources    = [module.rds.arn]
  audit_bucket = var.audit_bucket
  deletable    = var.deletable
}

module "cost" {
  source = "../cost"

  name        = local.name
  environment = var.environment
  monthly_usd = var.monthly_usd
  mail        = var.mail
}
