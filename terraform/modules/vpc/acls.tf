# Network ACLs know no connections: answers need rules of their own, on the ports from which questions are asked.
locals {
  asking = { from = 1024, to = 65535 }
}

# The edge: everybody may ask for HTTPS, and for HTTP to be led there.
resource "aws_network_acl" "public" {
  #checkov:skip=CKV_AWS_231: answers to what the NAT gateways ask arrive on the ports from which they ask, 3389 among them; nothing listens there
  vpc_id     = aws_vpc.this.id
  subnet_ids = [for subnet in aws_subnet.public : subnet.id]

  dynamic "ingress" {
    for_each = { 100 = 80, 110 = 443 }

    content {
      rule_no    = ingress.key
      action     = "allow"
      protocol   = "tcp"
      cidr_block = "0.0.0.0/0"
      from_port  = ingress.value
      to_port    = ingress.value
    }
  }

  # Answers to the NAT gateways and the load balancers.
  ingress {
    rule_no    = 120
    action     = "allow"
    protocol   = "tcp"
    cidr_block = "0.0.0.0/0"
    from_port  = local.asking.from
    to_port    = local.asking.to
  }

  # What the private subnets send out through the NAT gateways.
  ingress {
    rule_no    = 130
    action     = "allow"
    protocol   = "tcp"
    cidr_block = var.cidr
    from_port  = 0
    to_port    = 65535
  }

  egress {
    rule_no    = 100
    action     = "allow"
    protocol   = "tcp"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 65535
  }

  tags = { Name = "${var.name}-public" }
}

# The cluster: asked from within the network alone; asks for HTTPS and mail outside.
resource "aws_network_acl" "private" {
  #checkov:skip=CKV_AWS_231: answers to what nodes ask outside arrive on the ports from which they ask, 3389 among them; no route leads in from outside
  vpc_id     = aws_vpc.this.id
  subnet_ids = [for subnet in aws_subnet.private : subnet.id]

  ingress {
    rule_no    = 100
    action     = "allow"
    protocol   = "-1"
    cidr_block = var.cidr
    from_port  = 0
    to_port    = 0
  }

  ingress {
    rule_no    = 110
    action     = "allow"
    protocol   = "tcp"
    cidr_block = "0.0.0.0/0"
    from_port  = local.asking.from
    to_port    = local.asking.to
  }

  egress {
    rule_no    = 100
    action     = "allow"
    protocol   = "-1"
    cidr_block = var.cidr
    from_port  = 0
    to_port    = 0
  }

  dynamic "egress" {
    for_each = { 110 = 443, 120 = 465, 130 = 587 }

    content {
      rule_no    = egress.key
      action     = "allow"
      protocol   = "tcp"
      cidr_block = "0.0.0.0/0"
      from_port  = egress.value
      to_port    = egress.value
    }
  }

  tags = { Name = "${var.name}-private" }
}

# The stores: asked on their ports from the private subnets alone, and by one another.
resource "aws_network_acl" "database" {
  vpc_id     = aws_vpc.this.id
  subnet_ids = [for subnet in aws_subnet.database : subnet.id]

  dynamic "ingress" {
    for_each = { for index, pair in setproduct(values(local.private), values(var.store_ports)) : 100 + index => pair }

    content {
      rule_no    = ingress.key
      action     = "allow"
      protocol   = "tcp"
      cidr_block = ingress.value[0]
      from_port  = ingress.value[1]
      to_port    = ingress.value[1]
    }
  }

  dynamic "ingress" {
    for_each = { for index, cidr in values(local.database) : 200 + index => cidr }

    content {
      rule_no    = ingress.key
      action     = "allow"
      protocol   = "tcp"
      cidr_block = ingress.value
      from_port  = 0
      to_port    = 65535
    }
  }

  dynamic "egress" {
    for_each = { for index, cidr in values(local.private) : 100 + index => cidr }

    content {
      rule_no    = egress.key
      action     = "allow"
      protocol   = "tcp"
      cidr_block = egress.value
      from_port  = local.asking.from
      to_port    = local.asking.to
    }
  }

  dynamic "egress" {
    for_each = { for index, cidr in values(local.database) : 200 + index => cidr }

    content {
      rule_no    = egress.key
      action     = "allow"
      protocol   = "tcp"
      cidr_block = egress.value
      from_port  = 0
      to_port    = 65535
    }
  }

  tags = { Name = "${var.name}-database" }
}
