# PostgreSQL on RDS, with a standby in another zone and replicas for reads.
locals {
  # Sorted, so that a new key of the family changes one line.
  settings = {
    "rds.force_ssl"              = "1"
    "ssl_min_protocol_version"   = "TLSv1.2"
    "log_min_duration_statement" = "1000"
    "log_connections"            = "1"
    "log_disconnections"         = "1"
    "log_lock_waits"             = "1"
    "log_statement"              = "ddl"
    # A session that holds a transaction open holds VACUUM back.
    "idle_in_transaction_session_timeout" = "60000"
  }
}

data "aws_region" "current" {}

module "key" {
  source = "../key"

  name     = "${var.name}-postgres"
  services = ["logs.${data.aws_region.current.name}.amazonaws.com"]
}

resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_security_group" "this" {
  name        = "${var.name}-postgres"
  description = "PostgreSQL"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-postgres" }
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  security_group_id            = aws_security_group.this.id
  description                  = "PostgreSQL from the cluster"
  referenced_security_group_id = var.client_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_db_parameter_group" "this" {
  # The family is in the name: an upgrade makes a group beside the old one.
  name   = "${var.name}-postgres${var.engine_version}"
  family = "postgres${var.engine_version}"

  dynamic "parameter" {
    for_each = local.settings

    content {
      name         = parameter.key
      value        = parameter.value
      apply_method = "immediate"
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

data "aws_iam_policy_document" "monitoring_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "monitoring" {
  name               = "${var.name}-postgres-monitoring"
  assume_role_policy = data.aws_iam_policy_document.monitoring_assume.json
}

data "aws_partition" "current" {}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

# What the server logs comes here; RDS would make the groups without a key and for ever.
resource "aws_cloudwatch_log_group" "this" {
  for_each = toset(["postgresql", "upgrade"])

  name              = "/aws/rds/instance/${var.name}/${each.key}"
  retention_in_days = 365
  kms_key_id        = module.key.arn
}

resource "aws_db_instance" "primary" {
  #checkov:skip=CKV_AWS_157: a standby is var.multi_az; staging can do without
  #checkov:skip=CKV_AWS_293: deletion_protection is a variable, on by default, so that an environment can be taken down on purpose
  identifier     = var.name
  engine         = "postgres"
  engine_version = var.engine_version
  instance_class = var.instance_class
  multi_az       = var.multi_az

  storage_type          = "gp3"
  allocated_storage     = var.storage_gib.least
  max_allocated_storage = var.storage_gib.most
  storage_encrypted     = true
  kms_key_id            = module.key.arn

  username                            = "raally_admin"
  password_wo                         = var.admin_password
  password_wo_version                 = var.admin_password_version
  iam_database_authentication_enabled = true

  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this.id]
  parameter_group_name   = aws_db_parameter_group.this.name
  publicly_accessible    = false
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  backup_retention_period    = var.backup_days
  backup_window              = "09:00-09:30"
  maintenance_window         = "sun:10:00-sun:11:00"
  auto_minor_version_upgrade = true
  copy_tags_to_snapshot      = true
  delete_automated_backups   = false
  deletion_protection        = var.deletion_protection
  skip_final_snapshot        = !var.deletion_protection
  final_snapshot_identifier  = "${var.name}-last"

  performance_insights_enabled          = true
  performance_insights_kms_key_id       = module.key.arn
  performance_insights_retention_period = 7
  monitoring_interval                   = 60
  monitoring_role_arn                   = aws_iam_role.monitoring.arn
  enabled_cloudwatch_logs_exports       = ["postgresql", "upgrade"]

  tags = { backup = "daily" }

  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy_attachment.monitoring]
}

resource "aws_db_instance" "replicas" {
  #checkov:skip=CKV_AWS_157: the primary has the standby
  #checkov:skip=CKV_AWS_293: a replica holds nothing that the primary has not
  #checkov:skip=CKV_AWS_133: the primary is backed up
  #checkov:skip=CKV_AWS_118: as the primary; checkov does not follow the reference
  count = var.read_replicas

  identifier          = "${var.name}-replica-${count.index + 1}"
  replicate_source_db = aws_db_instance.primary.identifier
  instance_class      = var.instance_class

  storage_type          = "gp3"
  max_allocated_storage = var.storage_gib.most
  storage_encrypted     = true
  kms_key_id            = module.key.arn

  iam_database_authentication_enabled = true

  vpc_security_group_ids = [aws_security_group.this.id]
  parameter_group_name   = aws_db_parameter_group.this.name
  publicly_accessible    = false
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  maintenance_window         = "sun:11:00-sun:12:00"
  auto_minor_version_upgrade = true
  copy_tags_to_snapshot      = true
  skip_final_snapshot        = true

  performance_insights_enabled          = true
  performance_insights_kms_key_id       = module.key.arn
  performance_insights_retention_period = 7
  monitoring_interval                   = 60
  monitoring_role_arn                   = aws_iam_role.monitoring.arn
  enabled_cloudwatch_logs_exports       = ["postgresql", "upgrade"]
}
