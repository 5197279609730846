# Requests are counted where people arrive: at CloudFront, or at the load balancer where there is none.
module "balancer_firewall" {
  source = "../firewall"

  name                      = "${var.name}-balancer"
  scope                     = "REGIONAL"
  requests_per_five_minutes = var.cdn ? null : var.requests_per_five_minutes
  large_bodies              = var.large_bodies
  log_days                  = var.log_days
}

module "cdn_firewall" {
  source    = "../firewall"
  count     = var.cdn ? 1 : 0
  providers = { aws = aws.us_east_1 }

  name                      = "${var.name}-cdn"
  scope                     = "CLOUDFRONT"
  requests_per_five_minutes = var.requests_per_five_minutes
  large_bodies              = var.large_bodies
  log_days                  = var.log_days
}
