# Production: a NAT gateway, a standby and copies in every zone.
locals {
  environment = "production"
}

module "platform" {
  source    = "../../modules/platform"
  providers = { aws = aws, aws.us_east_1 = aws.us_east_1, aws.elsewhere = aws.elsewhere }

  environment        = local.environment
  zones              = [for letter in ["a", "b", "c"] : "${var.region}${letter}"]
  one_nat_gateway    = false
  kubernetes_version = var.kubernetes_version
  administrators     = var.administrators
  api_networks       = var.api_networks

  node_groups = {
    general = { instance_types = var.instances.general, least = 3, most = 6 }

    # What can be moved when AWS takes an instance back: a pod must say that it tolerates it.
    compute = {
      instance_types = var.instances.compute
      capacity       = "SPOT"
      least          = 0
      most           = 10
      taints         = { "raally/spot" = { value = "true", effect = "NO_SCHEDULE" } }
    }
  }

  postgres = {
    instance_class = var.instances.postgres
    storage_gib    = { least = 100, most = 1000 }
    multi_az       = true
    read_replicas  = 1
    backup_days    = 35
  }

  redis = { node_type = var.instances.redis, shards = 3, replicas = 1, snapshot_days = 7 }
  kafka = { instance_type = var.instances.kafka, storage_gib = { least = 100, most = 1000 } }

  password_versions = var.password_versions

  host               = var.host
  cdn                = true
  repositories       = ["raally/backend", "raally/frontend"]
  mail               = var.mail
  monthly_usd        = var.monthly_usd
  audit_bucket       = var.audit_bucket
  managed_monitoring = var.managed_monitoring
  deletable          = var.deletable
}
