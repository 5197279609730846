mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name                     = "raally-test"
  instance_type            = "kafka.m7g.large"
  storage_gib              = { least = 100, most = 1000 }
  vpc_id                   = "vpc-1"
  subnet_ids               = ["subnet-1", "subnet-2", "subnet-3"]
  client_security_group_id = "sg-1"
  scram_password           = "not-kept-anywhere"
  scram_password_version   = 1
}

run "three_brokers_by_tls_for_those_who_say_who_they_are" {
  command = plan

  assert {
    condition     = aws_msk_cluster.this.number_of_broker_nodes == 3 && length(aws_msk_cluster.this.broker_node_group_info[0].client_subnets) == 3
    error_message = "There are not three brokers in three subnets."
  }

  assert {
    condition     = aws_msk_cluster.this.encryption_info[0].encryption_in_transit[0].client_broker == "TLS" && aws_msk_cluster.this.encryption_info[0].encryption_in_transit[0].in_cluster
    error_message = "The brokers take plain text."
  }

  assert {
    condition = (
      aws_msk_cluster.this.client_authentication[0].sasl[0].iam && aws_msk_cluster.this.client_authentication[0].sasl[0].scram &&
      !aws_msk_cluster.this.client_authentication[0].unauthenticated
    )
    error_message = "The brokers take clients who do not say who they are."
  }
}

run "raallys_demands_of_brokers" {
  command = plan

  assert {
    condition = alltrue([
      for line in ["auto.create.topics.enable=false", "default.replication.factor=3", "min.insync.replicas=2"] :
      contains(split("\n", aws_msk_configuration.this.server_properties), line)
    ])
    error_message = "The brokers make topics by themselves, or acknowledge what one of them has."
  }
}

run "watched_and_growing" {
  command = plan

  assert {
    condition     = aws_msk_cluster.this.logging_info[0].broker_logs[0].cloudwatch_logs[0].enabled && aws_msk_cluster.this.enhanced_monitoring == "PER_TOPIC_PER_BROKER"
    error_message = "CloudWatch does not hear of the brokers."
  }

  assert {
    condition     = aws_appautoscaling_target.storage.max_capacity == 1000 && aws_appautoscaling_policy.storage.target_tracking_scaling_policy_configuration[0].disable_scale_in
    error_message = "Storage does not grow, or tries to shrink."
  }
}

run "the_cluster_alone_reaches_them" {
  command = plan

  assert {
    condition = alltrue([
      for rule in aws_vpc_security_group_ingress_rule.clients : rule.referenced_security_group_id == "sg-1" && rule.cidr_ipv4 == null && contains([9096, 9098], rule.from_port)
    ])
    error_message = "Somebody other than the cluster reaches the brokers, or by another port."
  }
}

run "the_password_is_not_in_the_state" {
  command = plan

  assert {
    condition     = aws_secretsmanager_secret_version.scram.secret_string == null && startswith(aws_secretsmanager_secret.scram.name, "AmazonMSK_")
    error_message = "The password is kept in Terraform's state, or MSK does not find it."
  }
}

run "zookeeper_is_refused" {
  command = plan

  variables {
    kafka_version = "3.6.0"
  }

  expect_failures = [var.kafka_version]
}

run "another_kafka_that_needs_zookeeper_is_refused" {
  command = plan

  variables {
    kafka_version = "3.9.x"
  }

  expect_failures = [var.kafka_version]
}

run "two_brokers_are_refused" {
  command = plan

  variables {
    brokers = 2
  }

  expect_failures = [var.brokers]
}

run "a_type_that_is_no_brokers_is_refused" {
  command = plan

  variables {
    instance_type = "m7g.large"
  }

  expect_failures = [var.instance_type]
}

run "storage_that_cannot_grow_is_refused" {
  command = plan

  variables {
    storage_gib = { least = 100, most = 100 }
  }

  expect_failures = [var.storage_gib]
}

run "two_zones_are_refused" {
  command = plan

  variables {
    subnet_ids = ["subnet-1", "subnet-2"]
  }

  expect_failures = [var.subnet_ids]
}
