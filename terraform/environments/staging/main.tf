# Staging: production's parts, fewer and smaller. Three zones all the same, since that is what can go wrong.
locals {
  environment = "staging"
}

module "platform" {
  source    = "../../modules/platform"
  providers = { aws = aws, aws.us_east_1 = aws.us_east_1, aws.elsewhere = aws.elsewhere }

  environment        = local.environment
  zones              = [for letter in ["a", "b", "c"] : "${var.region}${letter}"]
  one_nat_gateway    = true
  kubernetes_version = var.kubernetes_version
  administrators     = var.administrators
  api_networks       = var.api_networks

  node_groups = {
    general = { instance_types = var.instances.general, least = 2, most = 4 }

    compute = {
      instance_types = var.instances.compute
      capacity       = "SPOT"
      least          = 0
      most           = 4
      taints         = { "raally/spot" = { value = "true", effect = "NO_SCHEDULE" } }
    }
  }

  postgres = {
    instance_class = var.instances.postgres
    storage_gib    = { least = 20, most = 100 }
    multi_az       = false
    read_replicas  = 0
    backup_days    = 7
  }

  redis = { node_type = var.instances.redis, shards = 2, replicas = 1, snapshot_days = 1 }
  kafka = { instance_type = var.instances.kafka, storage_gib = { least = 20, most = 100 } }

  password_versions = var.password_versions

  host               = var.host
  cdn                = false
  repositories       = ["raally/backend", "raally/frontend"]
  mail               = var.mail
  monthly_usd        = var.monthly_usd
  audit_bucket       = var.audit_bucket
  managed_monitoring = var.managed_monitoring
  deletable          = var.deletable
}
