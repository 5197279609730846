# The stores and their passwords. A password is made, goes to Secrets Manager and from there to its store; Terraform's state has a
# version's number in its place. Redis' is the exception: the provider keeps it.
ephemeral "aws_secretsmanager_random_password" "made" {
  for_each = toset(["kafka", "postgres", "postgres-admin", "postgres-owner", "redis"])

  password_length     = 40
  exclude_punctuation = true
}

locals {
  passwords = { for name, password in ephemeral.aws_secretsmanager_random_password.made : name => password.random_password }
}

module "secrets" {
  source = "../secrets"

  prefix            = "raally/${var.environment}"
  passwords         = local.passwords
  password_versions = var.password_versions
  postgres_address  = module.rds.address
  recovery_days     = var.deletable ? 0 : 30
}

# Read back, so that an apply that failed half-way gives the store the password that the secret has.
ephemeral "aws_secretsmanager_secret_version" "postgres_admin" {
  secret_id  = module.secrets.stores["postgres-admin"].secret_id
  version_id = module.secrets.stores["postgres-admin"].version_id
}

data "aws_secretsmanager_secret_version" "redis" {
  secret_id  = module.secrets.stores["redis"].secret_id
  version_id = module.secrets.stores["redis"].version_id
}

module "rds" {
  source = "../rds"

  name                     = local.name
  instance_class           = var.postgres.instance_class
  storage_gib              = var.postgres.storage_gib
  multi_az                 = var.postgres.multi_az
  read_replicas            = var.postgres.read_replicas
  backup_days              = var.postgres.backup_days
  deletion_protection      = !var.deletable
  vpc_id                   = module.vpc.id
  subnet_ids               = module.vpc.database_subnet_ids
  client_security_group_id = module.eks.security_group_id
  admin_password           = jsondecode(ephemeral.aws_secretsmanager_secret_version.postgres_admin.secret_string).password
  admin_password_version   = var.password_versions["postgres-admin"]
}

module "elasticache" {
  source = "../elasticache"

  name                     = local.name
  node_type                = var.redis.node_type
  shards                   = var.redis.shards
  replicas                 = var.redis.replicas
  snapshot_days            = var.redis.snapshot_days
  last_snapshot            = !var.deletable
  vpc_id                   = module.vpc.id
  subnet_ids               = module.vpc.database_subnet_ids
  client_security_group_id = module.eks.security_group_id
  auth_token               = jsondecode(data.aws_secretsmanager_secret_version.redis.secret_string).auth_token
}

module "msk" {
  source = "../msk"

  name                     = local.name
  instance_type            = var.kafka.instance_type
  storage_gib              = var.kafka.storage_gib
  vpc_id                   = module.vpc.id
  subnet_ids               = module.vpc.database_subnet_ids
  client_security_group_id = module.eks.security_group_id
  scram_password           = local.passwords["kafka"]
  scram_password_version   = var.password_versions["kafka"]
  recovery_days            = var.deletable ? 0 : 30
}

# Raally's own pods have rights at the brokers and nowhere else.
module "raally" {
  source   = "../pod-identity"
  for_each = { backend = "clients", worker = "clients", migrate = "migrate" }

  cluster_name    = module.eks.name
  namespace       = "raally"
  service_account = each.key
  policies        = { kafka = module.msk.policies[each.value] }
}
