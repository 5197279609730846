mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name         = "raally-test"
  cluster_name = "raally-test-cluster"
  zones        = ["us-west-2a", "us-west-2b", "us-west-2c"]
}

run "three_subnets_of_each_kind_in_three_zones" {
  command = plan

  assert {
    condition = alltrue([
      for subnets in [aws_subnet.public, aws_subnet.private, aws_subnet.database] :
      length(subnets) == 3 && length(distinct([for subnet in subnets : subnet.availability_zone])) == 3
    ])
    error_message = "There are not three subnets of each kind, a zone each."
  }

  assert {
    condition     = sort([for subnet in aws_subnet.public : subnet.cidr_block]) == tolist(["10.0.0.0/22", "10.0.4.0/22", "10.0.8.0/22"])
    error_message = "The public subnets are not within 10.0.0.0/20, which k8s/overlays lets in."
  }

  assert {
    condition     = output.public_cidr == "10.0.0.0/20" && output.database_cidr == "10.0.128.0/18"
    error_message = "The networks are not those that k8s/overlays names."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.database : startswith(subnet.cidr_block, "10.0.128.") || startswith(subnet.cidr_block, "10.0.144.") || startswith(subnet.cidr_block, "10.0.160.")])
    error_message = "The database subnets are not within 10.0.128.0/18."
  }

  assert {
    condition     = !anytrue(flatten([for subnets in [aws_subnet.public, aws_subnet.private, aws_subnet.database] : [for subnet in subnets : coalesce(subnet.map_public_ip_on_launch, false)]]))
    error_message = "A subnet gives out public addresses by itself."
  }
}

run "a_way_out_in_each_zone" {
  command = plan

  assert {
    condition     = length(aws_nat_gateway.this) == 3 && length(aws_route.private) == 3
    error_message = "There is not a NAT gateway for each zone."
  }
}

run "one_way_out_if_asked" {
  command = plan

  variables {
    one_nat_gateway = true
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route.private) == 3
    error_message = "One NAT gateway does not serve three subnets."
  }
}

run "stores_are_reached_from_the_cluster_alone" {
  command = plan

  assert {
    condition = !anytrue([
      for rule in concat(tolist(aws_network_acl.database.ingress), tolist(aws_network_acl.database.egress)) : rule.cidr_block == "0.0.0.0/0" || rule.protocol == "-1"
    ])
    error_message = "The database subnets' network ACL lets everybody through."
  }

  assert {
    condition = toset([
      for rule in aws_network_acl.database.ingress : rule.from_port if !startswith(rule.cidr_block, "10.0.1")
    ]) == toset([5432, 6379, 9096, 9098])
    error_message = "The stores are reached on other ports than theirs."
  }

  assert {
    condition     = length(aws_route_table_association.database) == 3
    error_message = "A database subnet has the network's main route table."
  }
}

run "nothing_from_outside_is_let_into_the_cluster_but_answers" {
  command = plan

  assert {
    condition     = alltrue([for rule in aws_network_acl.private.ingress : rule.cidr_block == "10.0.0.0/16" || rule.from_port >= 1024])
    error_message = "The private subnets' network ACL lets in more than answers."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.endpoints : rule.cidr_ipv4 != "0.0.0.0/0" && rule.from_port == 443 && rule.to_port == 443])
    error_message = "A security group of the network lets everybody in."
  }
}

run "all_traffic_is_logged_under_a_key" {
  command = plan

  assert {
    condition     = aws_flow_log.this.traffic_type == "ALL" && aws_cloudwatch_log_group.flow.retention_in_days == 365
    error_message = "Flow logs leave something out, or are not kept for a year."
  }
}

run "two_zones_are_refused" {
  command = plan

  variables {
    zones = ["us-west-2a", "us-west-2b"]
  }

  expect_failures = [var.zones]
}

run "the_same_zone_twice_is_refused" {
  command = plan

  variables {
    zones = ["us-west-2a", "us-west-2b", "us-west-2b"]
  }

  expect_failures = [var.zones]
}

run "a_network_of_another_size_is_refused" {
  command = plan

  variables {
    cidr = "10.0.0.0/20"
  }

  expect_failures = [var.cidr]
}

run "public_addresses_are_refused" {
  command = plan

  variables {
    cidr = "52.94.0.0/16"
  }

  expect_failures = [var.cidr]
}

run "a_number_of_days_that_cloudwatch_does_not_know_is_refused" {
  command = plan

  variables {
    log_days = 100
  }

  expect_failures = [var.log_days]
}
