package route

import "fmt"

// storefrontDialect is a shop: products by slug, carts by UUID, orders by number, a back office.
func storefrontDialect(a *api) {
	s := newService(a, map[string]string{
		"product":  "id=int slug=$product title=words price=num currency=EUR|USD brand=$brand stock=int categories=@category[]",
		"variant":  "id=$variant sku=$sku title=words options=@option[] price=num",
		"option":   "name=size|color value=S|M|L|red|blue",
		"category": "id=int slug=$category name=words parent=$category position=int",
		"brand":    "id=int slug=$brand name=words logo=url",
		"review":   "id=$review rating=1|2|3|4|5 title=words body=text author=person createdAt=time",
		"cart":     "id=$cart currency=EUR|USD items=@line[] total=num updatedAt=time",
		"line":     "id=$line sku=$sku quantity=int unitPrice=num",
		"order":    "number=$order status=pending|paid|shipped|cancelled items=@line[] total=num placedAt=time email=mail",
		"coupon":   "code=$coupon type=percent|fixed amount=num expiresAt=day usageCount=int",
		"address":  "id=$address street=text city=words zip=int country=DE|FR|US",
		"customer": "id=$customer email=mail name=person group=retail|wholesale createdAt=time",
		"rate":     "carrier=dhl|ups|post price=num days=int",
		"report":   "from=day to=day revenue=num orders=int",
		"setting":  "currency=EUR|USD taxIncluded=bool guestCheckout=bool",
		"token":    "accessToken=hex expiresIn=int",
	})
	if a.chance(.5) {
		s.data()
	}
	s.have("product", 6, "blue-t-shirt red-hoodie coffee-mug wireless-mouse leather-wallet running-shoes desk-lamp")
	s.have("category", 4, "shoes clothing accessories home-garden electronics men women")
	s.have("brand", 3, "acme northwind umbrella initech")
	s.have("coupon", 3, "SUMMER10 WELCOME5 FREESHIP BLACKFRIDAY")
	s.have("sku", 6, "SKU-10293 SKU-10294 TSH-BLU-M TSH-BLU-L MUG-01 HOD-RED-S")
	s.make("variant", 6, s.int(100, 900))
	s.make("review", 5, s.int(1, 60))
	s.make("cart", 4, s.uuid)
	s.make("line", 6, s.int(1, 40))
	s.make("order", 6, func() string { return fmt.Sprintf("ORD-2026-%05d", a.r.IntN(99999)) })
	s.make("customer", 5, s.int(1, 400))
	s.make("address", 4, s.int(1, 40))
	s.run(230, `
GET /api/v1/products product[]
GET /api/v1/products/search product[]
GET /api/v1/products/featured product[]
GET /api/v1/products/{product} product
GET /api/v1/products/{product}/variants variant[]
GET /api/v1/products/{product}/related product[]
GET,POST /api/v1/products/{product}/reviews review[]
DELETE /api/v1/products/{product}/reviews/{review} -
GET /api/v1/categories category[]
GET /api/v1/categories/{category} category
GET /api/v1/categories/{category}/products product[]
GET /api/v1/brands brand[]
GET /api/v1/brands/{brand} brand
POST /api/v1/carts cart
GET,DELETE /api/v1/carts/{cart} cart
POST /api/v1/carts/{cart}/items cart
PATCH,DELETE /api/v1/carts/{cart}/items/{line} cart
POST /api/v1/carts/{cart}/coupon cart
DELETE /api/v1/carts/{cart}/coupon -
GET /api/v1/carts/{cart}/shipping-rates rate[]
POST /api/v1/checkout order
GET /api/v1/orders order[]
GET /api/v1/orders/{order} order
POST /api/v1/orders/{order}/cancel order
POST /api/v1/orders/{order}/refund order
GET /api/v1/orders/{order}/invoice.pdf -
POST /api/v1/auth/login token
POST /api/v1/auth/logout -
POST /api/v1/auth/refresh token
POST /api/v1/auth/forgot-password -
GET,PUT /api/v1/account customer
GET,POST /api/v1/account/addresses address[]
PUT,DELETE /api/v1/account/addresses/{address} address
GET /api/v1/account/orders order[]
GET,POST /api/v1/account/wishlist product[]
DELETE /api/v1/account/wishlist/{product} -
GET,POST /api/v1/admin/products product[]
PUT,DELETE /api/v1/admin/products/{product} product
PUT /api/v1/admin/inventory/{sku} variant
GET /api/v1/admin/inventory variant[]
GET,POST /api/v1/admin/coupons coupon[]
GET,PUT,DELETE /api/v1/admin/coupons/{coupon} coupon
GET /api/v1/admin/customers customer[]
GET,PATCH /api/v1/admin/customers/{customer} customer
GET /api/v1/admin/reports/sales report
GET /api/v1/admin/reports/best-sellers product[]
GET,PUT /api/v1/admin/settings setting
GET /api/health setting
`)
	s.noise(40)
}

// staffDialect keeps employees, their leave, payroll by month, and candidates in stages.
func staffDialect(a *api) {
	s := newService(a, map[string]string{
		"employee":   "employeeId=$employee firstName=words lastName=person email=mail departmentCode=$department positionId=$position managerId=$employee hiredOn=day status=active|terminated",
		"department": "code=$department name=words costCenter=int headId=$employee",
		"position":   "id=$position title=words grade=A|B|C salaryMin=int",
		"leave":      "id=$leave employeeId=$employee type=vacation|sick|parental from=day to=day status=requested|approved|rejected",
		"balance":    "type=vacation|sick days=int taken=int",
		"run":        "period=$period status=draft|closed total=num employees=int",
		"slip":       "period=$period employeeId=$employee gross=num net=num",
		"candidate":  "id=$candidate name=person email=mail stage=$stage jobId=$job score=int",
		"job":        "id=$job title=words departmentCode=$department open=bool",
		"document":   "id=$document name=contract|visa|passport uploadedAt=time size=int",
		"node":       "employeeId=$employee name=person reports=int",
		"stats":      "headcount=int turnover=num averageAge=int",
		"holiday":    "date=day name=words",
	})
	s.make("employee", 8, s.int(10001, 400))
	s.have("department", 4, "ENG HR FIN OPS SALES MKT")
	s.make("position", 5, s.int(1, 60))
	s.make("leave", 6, s.uuid)
	s.have("period", 4, "2026-01 2026-02 2026-03 2026-04 2025-12")
	s.make("candidate", 6, s.int(1, 900))
	s.have("stage", 3, "applied screening interview offer hired")
	s.make("job", 4, s.int(1, 90))
	s.have("year", 2, "2025 2026")
	s.make("document", 4, s.uuid)
	s.have("country", 3, "DE FR US GB")
	s.run(200, `
GET,POST /hr/api/employees employee[]
GET,PUT,DELETE /hr/api/employees/{employee} employee
GET /hr/api/employees/{employee}/manager employee
GET /hr/api/employees/{employee}/direct-reports employee[]
POST /hr/api/employees/{employee}/terminate employee
POST /hr/api/employees/{employee}/promote employee
GET,POST /hr/api/employees/{employee}/documents document[]
GET,DELETE /hr/api/employees/{employee}/documents/{document} document
GET /hr/api/employees/{employee}/leave-balance balance[]
GET /hr/api/employees/{employee}/payslips slip[]
GET /hr/api/employees/{employee}/payslips/{period} slip
GET /hr/api/employees/export -
GET /hr/api/employees/me employee
GET,POST /hr/api/departments department[]
GET,PUT /hr/api/departments/{department} department
GET /hr/api/departments/{department}/employees employee[]
GET /hr/api/departments/{department}/org-chart node[]
GET,POST /hr/api/positions position[]
GET,PUT /hr/api/positions/{position} position
GET,POST /hr/api/leave-requests leave[]
GET /hr/api/leave-requests/{leave} leave
POST /hr/api/leave-requests/{leave}/approve leave
POST /hr/api/leave-requests/{leave}/reject leave
GET /hr/api/payroll/runs run[]
GET /hr/api/payroll/runs/{period} run
POST /hr/api/payroll/runs/{period}/close run
GET /hr/api/payroll/runs/{period}/payslips slip[]
GET,POST /hr/api/recruiting/jobs job[]
GET,PATCH /hr/api/recruiting/jobs/{job} job
GET /hr/api/recruiting/jobs/{job}/candidates candidate[]
GET /hr/api/recruiting/candidates/{candidate} candidate
PUT /hr/api/recruiting/candidates/{candidate}/stage candidate
GET /hr/api/recruiting/pipeline stats
GET /hr/api/reports/headcount stats
GET /hr/api/reports/turnover stats
GET /hr/api/holidays/{country}/{year} holiday[]
`)
	s.noise(40)
}

// deskDialect has issues by key, queues by key, people by name, words for priorities.
func deskDialect(a *api) {
	s := newService(a, map[string]string{
		"ticket":     "id=int key=$ticket summary=text priority=$priority status=open|pending|solved queue=$queue assignee=$user created=time",
		"comment":    "id=$comment author=$user body=text internal=bool created=time",
		"queue":      "key=$queue name=words open=int members=int",
		"user":       "id=int username=$user displayName=person email=mail active=bool",
		"tag":        "name=$tag count=int",
		"macro":      "id=$macro title=words actions=int",
		"sla":        "name=words target=int remaining=int breached=bool",
		"filter":     "id=$filter name=words query=text owner=$user",
		"transition": "id=$transition name=Resolve|Reopen|Escalate to=open|solved",
		"attachment": "id=$attachment filename=words size=int mime=png|pdf",
		"status":     "version=int uptime=int database=up",
		"priority":   "id=$priority name=words color=red|green rank=int",
	})
	s.make("ticket", 8, func() string { return pick(a, "SUP", "OPS", "WEB") + "-" + fmt.Sprint(1+a.r.IntN(900)) })
	s.make("comment", 6, s.int(1000, 9000))
	s.have("queue", 3, "SUP OPS WEB")
	s.have("user", 5, "jdoe asmith mbrown admin clee klarsen")
	s.have("tag", 5, "billing urgent vip refund login printer")
	s.have("priority", 3, "low normal high urgent")
	s.make("macro", 3, s.int(1, 20))
	s.make("filter", 3, s.int(1, 20))
	s.have("transition", 3, "11 21 31 41")
	s.make("attachment", 4, s.uuid)
	s.run(210, `
GET,POST /rest/tickets ticket[]
GET,PUT,DELETE /rest/tickets/{ticket} ticket
GET,POST /rest/tickets/{ticket}/comments comment[]
PUT,DELETE /rest/tickets/{ticket}/comments/{comment} comment
GET,POST /rest/tickets/{ticket}/transitions transition[]
POST /rest/tickets/{ticket}/transitions/{transition} ticket
GET,POST /rest/tickets/{ticket}/attachments attachment[]
GET,DELETE /rest/tickets/{ticket}/attachments/{attachment} attachment
PUT /rest/tickets/{ticket}/assignee ticket
POST,DELETE /rest/tickets/{ticket}/watchers user[]
PUT,DELETE /rest/tickets/{ticket}/tags/{tag} -
GET /rest/tickets/{ticket}/sla sla[]
POST /rest/tickets/{ticket}/merge ticket
POST /rest/tickets/bulk ticket[]
GET /rest/tickets/search ticket[]
GET /rest/tickets/count status
GET /rest/queues queue[]
GET /rest/queues/{queue} queue
GET /rest/queues/{queue}/tickets ticket[]
GET /rest/queues/{queue}/members user[]
PUT,DELETE /rest/queues/{queue}/members/{user} -
GET,POST /rest/users user[]
GET,PATCH /rest/users/{user} user
GET /rest/users/{user}/tickets ticket[]
GET /rest/users/{user}/avatar -
GET /rest/users/me user
GET /rest/tags tag[]
GET,DELETE /rest/tags/{tag} tag
GET /rest/priorities priority[]
GET /rest/priorities/{priority} priority
GET,POST /rest/macros macro[]
POST /rest/macros/{macro}/apply ticket
GET,POST /rest/filters filter[]
GET,PUT,DELETE /rest/filters/{filter} filter
GET /rest/filters/{filter}/tickets ticket[]
GET /rest/status status
GET /rest/serverInfo status
`)
	s.noise(40)
}

// billingDialect has plans by code, invoices by number with files, usage by meter, tax rates.
func billingDialect(a *api) {
	s := newService(a, map[string]string{
		"account":      "account_id=$account name=words email=mail currency=EUR|USD balance=num created_at=time",
		"subscription": "subscription_id=$subscription account_id=$account plan_code=$plan status=active|paused|canceled current_period_end=time",
		"plan":         "plan_code=$plan name=words amount=num interval=month|year",
		"addon":        "addon_code=$addon name=words amount=num",
		"invoice":      "invoice_number=$invoice account_id=$account status=open|paid|void total=num due_on=day lines=@line[]",
		"line":         "description=text amount=num quantity=int",
		"payment":      "payment_id=$payment amount=num method=card|sepa status=succeeded|failed",
		"meter":        "meter=$meter unit=call|gb aggregation=sum|max",
		"usage":        "meter=$meter account_id=$account quantity=int from=time to=time",
		"tax":          "country=$country region=$region rate=num name=VAT|GST",
		"note":         "credit_note_id=uuid invoice_number=$invoice amount=num",
		"event":        "event_id=$event type=invoice.paid|account.created created_at=time",
		"hook":         "webhook_id=$hook url=url active=bool",
	})
	s.make("account", 6, func() string { return "acct_" + a.base62(12) })
	s.make("subscription", 6, s.uuid)
	s.have("plan", 4, "starter team business enterprise basic-monthly basic-yearly pro_2026")
	s.have("addon", 3, "extra-seats priority-support sso backup")
	s.make("invoice", 6, func() string { return fmt.Sprintf("INV-%04d", 1000+a.r.IntN(999)) })
	s.make("payment", 5, s.uuid)
	s.have("meter", 3, "api_calls storage_gb emails_sent seats")
	s.have("country", 3, "DE FR US CA")
	s.have("region", 3, "BY CA NY QC")
	s.make("event", 4, func() string { return "evt_" + a.base62(16) })
	s.make("hook", 3, s.int(1, 50))
	s.run(210, `
GET,POST /v2/accounts account[]
GET,PATCH,DELETE /v2/accounts/{account} account
GET /v2/accounts/{account}/balance account
GET,POST /v2/accounts/{account}/subscriptions subscription[]
GET /v2/accounts/{account}/invoices invoice[]
GET,PUT /v2/accounts/{account}/payment-method payment
GET /v2/accounts/{account}/usage/{meter} usage[]
POST /v2/accounts/{account}/usage/{meter} usage
GET,PATCH /v2/subscriptions/{subscription} subscription
POST /v2/subscriptions/{subscription}/cancel subscription
POST /v2/subscriptions/{subscription}/pause subscription
POST /v2/subscriptions/{subscription}/resume subscription
PUT,DELETE /v2/subscriptions/{subscription}/addons/{addon} subscription
GET,POST /v2/plans plan[]
GET,PUT,DELETE /v2/plans/{plan} plan
GET /v2/plans/{plan}/addons addon[]
POST /v2/plans/{plan}/archive plan
GET,POST /v2/addons addon[]
GET,PUT /v2/addons/{addon} addon
GET /v2/invoices invoice[]
GET /v2/invoices/{invoice} invoice
GET /v2/invoices/{invoice}/pdf -
POST /v2/invoices/{invoice}/finalize invoice
POST /v2/invoices/{invoice}/send -
POST /v2/invoices/{invoice}/credit-notes note
GET /v2/invoices/upcoming invoice
GET /v2/payments payment[]
GET /v2/payments/{payment} payment
POST /v2/payments/{payment}/refunds payment
GET /v2/meters meter[]
GET /v2/meters/{meter} meter
GET /v2/taxes tax[]
GET /v2/taxes/{country} tax[]
GET /v2/taxes/{country}/{region} tax
GET /v2/events event[]
GET /v2/events/{event} event
GET,POST /v2/webhooks hook[]
PUT,DELETE /v2/webhooks/{hook} hook
POST /v2/webhooks/{hook}/test -
GET /v2/reports/mrr usage
GET /v2/reports/churn usage
POST /v2/oauth/token hook
`)
	s.noise(40)
}

// adminDialect names actions in paths, as generators of back offices do: singular modules, verbs,
// pages in the path, several identifiers in one segment.
func adminDialect(a *api) {
	s := newService(a, map[string]string{
		"user":    "userId=$user userName=person nickName=words deptId=$dept email=mail status=0|1 createTime=time",
		"role":    "roleId=$role roleName=words roleKey=admin|common sort=int status=0|1",
		"menu":    "menuId=$menu menuName=words parentId=$menu path=words orderNum=int",
		"dept":    "deptId=$dept deptName=words leader=person ancestors=int",
		"dict":    "dictCode=$dictCode dictType=$dict dictLabel=words dictValue=0|1|2 isDefault=Y|N",
		"type":    "dictId=$dictId dictType=$dict dictName=words status=0|1",
		"config":  "configId=$config configKey=$key configValue=words configName=words",
		"order":   "orderId=$order orderNo=hex amount=num userId=$user state=0|1|2",
		"job":     "jobId=$job jobName=words invokeTarget=text cronExpression=text",
		"online":  "tokenId=$session userName=person ipaddr=words loginTime=time",
		"server":  "cpu=int mem=int jvm=int",
		"captcha": "img=hex uuid=uuid captchaEnabled=bool",
	})
	s.coded()
	s.make("user", 6, s.int(1, 200))
	s.make("role", 4, s.int(1, 20))
	s.make("menu", 6, s.int(1, 2000))
	s.make("dept", 4, s.int(100, 20))
	s.have("dict", 4, "sys_user_sex sys_normal_disable sys_job_group sys_yes_no sys_notice_type")
	s.make("dictId", 4, s.int(1, 20))
	s.make("dictCode", 4, s.int(1, 60))
	s.have("key", 3, "sys.index.skinName sys.user.initPassword sys.account.captchaEnabled")
	s.make("config", 3, s.int(1, 20))
	s.make("order", 5, s.int(100000, 90000))
	s.make("job", 3, s.int(1, 9))
	s.make("session", 4, s.uuid)
	s.make("ids", 4, func() string { return fmt.Sprintf("%d,%d,%d", 1+a.r.IntN(50), 1+a.r.IntN(50), 1+a.r.IntN(50)) })
	s.have("page", 3, "1 2 3")
	s.have("size", 2, "10 20")
	s.run(220, `
POST /prod-api/login captcha
POST /prod-api/logout -
GET /prod-api/captchaImage captcha
GET /prod-api/getInfo user
GET /prod-api/getRouters menu[]
GET /prod-api/system/user/list user[]
GET /prod-api/system/user/{user} user
POST,PUT /prod-api/system/user user
DELETE /prod-api/system/user/{ids} -
PUT /prod-api/system/user/resetPwd -
PUT /prod-api/system/user/changeStatus -
GET /prod-api/system/user/profile user
GET /prod-api/system/user/deptTree dept[]
GET /prod-api/system/user/authRole/{user} role[]
POST /prod-api/system/user/export -
GET /prod-api/system/role/list role[]
GET,DELETE /prod-api/system/role/{role} role
POST,PUT /prod-api/system/role role
PUT /prod-api/system/role/dataScope -
GET /prod-api/system/role/deptTree/{role} dept[]
GET /prod-api/system/menu/list menu[]
GET,DELETE /prod-api/system/menu/{menu} menu
GET /prod-api/system/menu/treeselect menu[]
GET /prod-api/system/menu/roleMenuTreeselect/{role} menu[]
GET /prod-api/system/dept/list dept[]
GET /prod-api/system/dept/{dept} dept
GET /prod-api/system/dept/list/exclude/{dept} dept[]
GET /prod-api/system/dict/type/list type[]
GET,DELETE /prod-api/system/dict/type/{dictId} type
GET /prod-api/system/dict/type/optionselect type[]
DELETE /prod-api/system/dict/type/refreshCache -
GET /prod-api/system/dict/data/list dict[]
GET /prod-api/system/dict/data/{dictCode} dict
GET /prod-api/system/dict/data/type/{dict} dict[]
GET /prod-api/system/config/list config[]
GET /prod-api/system/config/{config} config
GET /prod-api/system/config/configKey/{key} config
GET /prod-api/monitor/server server
GET /prod-api/monitor/online/list online[]
DELETE /prod-api/monitor/online/{session} -
GET /prod-api/monitor/job/list job[]
GET /prod-api/monitor/job/{job} job
PUT /prod-api/monitor/job/run -
GET /prod-api/order/getOrderById/{order} order
POST /prod-api/order/createOrder order
POST /prod-api/order/cancelOrder/{order} order
GET /prod-api/order/page/{page}/{size} order[]
`)
	s.noise(30)
}

// secretsDialect has projects, environments and secrets, all known by names that people choose.
func secretsDialect(a *api) {
	s := newService(a, map[string]string{
		"org":     "slug=$org name=words plan=free|team created_at=time",
		"project": "slug=$project name=words description=text organization=$org",
		"env":     "name=$env protected=bool project=$project updated_at=time",
		"secret":  "name=$secret version=int updated_at=time updated_by=mail",
		"member":  "username=$member role=owner|viewer joined_at=time",
		"team":    "slug=$team name=words members=int",
		"token":   "id=$token name=words last_used_at=time",
		"entry":   "id=uuid action=secret.read|secret.write actor=mail at=time",
		"flag":    "key=$flag enabled=bool rollout=int",
		"deploy":  "id=$deploy sha=hex environment=$env state=success|failure",
	})
	if a.chance(.5) {
		s.data()
	}
	s.have("org", 3, "acme globex initech personal")
	s.have("project", 4, "backend frontend mobile website payments infra")
	s.have("env", 3, "production staging development preview")
	s.have("secret", 5, "DATABASE_URL API_KEY STRIPE_KEY REDIS_URL JWT_SECRET")
	s.have("member", 4, "alice bob carol dave")
	s.have("team", 3, "platform design core data")
	s.have("flag", 4, "new-checkout dark-mode beta-search fast-export")
	s.make("token", 3, s.uuid)
	s.make("deploy", 5, s.int(10000, 9000))
	s.run(200, `
GET,POST /v1/orgs org[]
GET,PATCH /v1/orgs/{org} org
GET /v1/orgs/{org}/members member[]
GET,PUT,DELETE /v1/orgs/{org}/members/{member} member
GET,POST /v1/orgs/{org}/teams team[]
GET,DELETE /v1/orgs/{org}/teams/{team} team
GET,PUT /v1/orgs/{org}/teams/{team}/members member[]
GET /v1/orgs/{org}/audit-log entry[]
GET,POST /v1/orgs/{org}/projects project[]
GET,PATCH,DELETE /v1/orgs/{org}/projects/{project} project
POST /v1/orgs/{org}/projects/{project}/transfer project
GET,POST /v1/orgs/{org}/projects/{project}/environments env[]
GET,DELETE /v1/orgs/{org}/projects/{project}/environments/{env} env
POST /v1/orgs/{org}/projects/{project}/environments/{env}/lock env
GET /v1/orgs/{org}/projects/{project}/environments/{env}/secrets secret[]
GET,PUT,DELETE /v1/orgs/{org}/projects/{project}/environments/{env}/secrets/{secret} secret
GET /v1/orgs/{org}/projects/{project}/environments/{env}/secrets/{secret}/versions secret[]
GET,POST /v1/orgs/{org}/projects/{project}/flags flag[]
GET,PATCH,DELETE /v1/orgs/{org}/projects/{project}/flags/{flag} flag
PUT /v1/orgs/{org}/projects/{project}/flags/{flag}/environments/{env} flag
GET,POST /v1/orgs/{org}/projects/{project}/deployments deploy[]
GET /v1/orgs/{org}/projects/{project}/deployments/{deploy} deploy
GET /v1/orgs/{org}/projects/{project}/deployments/latest deploy
GET /v1/user member
GET,POST /v1/user/tokens token[]
DELETE /v1/user/tokens/{token} -
GET /v1/user/orgs org[]
`)
	s.noise(30)
}

// springDialect lists repositories as HAL: searches, profiles, and an endpoint of measurements.
func springDialect(a *api) {
	s := newService(a, map[string]string{
		"order":    "id=int reference=hex total=num status=NEW|PAID|SENT _links=@links",
		"customer": "id=int firstName=words lastName=person _links=@links",
		"product":  "id=int name=words price=num _links=@links",
		"links":    "href=url templated=bool",
		"metric":   "name=$metric description=text baseUnit=bytes|seconds measurements=@sample[]",
		"sample":   "statistic=VALUE|COUNT value=num",
		"logger":   "configuredLevel=INFO|DEBUG effectiveLevel=INFO|DEBUG",
		"health":   "status=UP|DOWN groups=liveness",
		"alps":     "version=1.0 descriptor=@links[]",
	})
	s.list = func(items []object) any {
		return object{"_embedded", object{"items", items}, "_links", object{"self", object{"href", "https://x.example/api"}},
			"page", object{"size", 20, "totalElements", 3}}
	}
	for _, n := range []string{"order", "customer", "product"} {
		s.make(n, 6, s.int(1, 300))
	}
	s.have("metric", 4, "jvm.memory.used http.server.requests process.cpu.usage system.load.average.1m")
	s.have("logger", 3, "ROOT com.example.shop org.springframework.web com.example.shop.orders")
	s.run(170, `
GET /api alps
GET /api/profile alps
GET /api/profile/orders alps
GET /api/profile/customers alps
GET,POST /api/orders order[]
GET,PUT,PATCH,DELETE /api/orders/{order} order
GET,PUT /api/orders/{order}/customer customer
GET /api/orders/{order}/lines product[]
GET /api/orders/search alps
GET /api/orders/search/findByStatus order[]
GET /api/orders/search/findByCustomerId order[]
GET,POST /api/customers customer[]
GET,PUT,PATCH,DELETE /api/customers/{customer} customer
GET /api/customers/{customer}/orders order[]
GET /api/customers/search/findByLastName customer[]
GET,POST /api/products product[]
GET,PUT,DELETE /api/products/{product} product
GET /api/products/search/findByPriceBetween product[]
GET /actuator alps
GET /actuator/health health
GET /actuator/health/liveness health
GET /actuator/health/readiness health
GET /actuator/info health
GET /actuator/env health
GET /actuator/metrics alps
GET /actuator/metrics/{metric} metric
GET /actuator/loggers alps
GET,POST /actuator/loggers/{logger} logger
GET /actuator/prometheus -
GET /v3/api-docs alps
GET /v3/api-docs/swagger-config alps
`)
	s.noise(30)
}

// regionsDialect serves a catalogue for each locale and market.
func regionsDialect(a *api) {
	s := newService(a, map[string]string{
		"page":    "id=uuid url=words title=words blocks=@block[]",
		"block":   "type=hero|teaser|grid order=int",
		"product": "articleNumber=$article name=words price=num availability=yes|no",
		"store":   "storeId=$store name=words city=words",
		"slot":    "date=$day from=int to=int free=bool",
		"recipe":  "slug=$recipe title=words minutes=int",
		"basket":  "basketId=$basket items=int total=num",
		"suggest": "term=words hits=int",
		"menu":    "label=words children=int",
	})
	s.have("locale", 4, "de-de en-gb fr-fr it-it nl-nl en-us")
	s.make("article", 8, func() string { return fmt.Sprintf("%08d", a.r.IntN(99999999)) })
	s.make("store", 4, s.int(100, 800))
	s.have("recipe", 5, "apple-pie pasta-al-forno pumpkin-soup thai-curry green-salad")
	s.make("basket", 4, s.uuid)
	s.make("day", 5, a.isoDay)
	s.have("category", 4, "living bedroom kitchen office garden")
	s.run(170, `
GET /{locale}/api/pages/home page
GET /{locale}/api/pages/imprint page
GET /{locale}/api/navigation menu[]
GET /{locale}/api/navigation/footer menu[]
GET /{locale}/api/products product[]
GET /{locale}/api/products/{article} product
GET /{locale}/api/products/{article}/availability product
GET /{locale}/api/products/{article}/stores/{store} product
GET /{locale}/api/categories/{category} page
GET /{locale}/api/categories/{category}/products product[]
GET /{locale}/api/stores store[]
GET /{locale}/api/stores/nearest store[]
GET /{locale}/api/stores/{store} store
GET /{locale}/api/stores/{store}/slots/{day} slot[]
GET /{locale}/api/recipes recipe[]
GET /{locale}/api/recipes/{recipe} recipe
GET /{locale}/api/search product[]
GET /{locale}/api/search/suggest suggest[]
POST /{locale}/api/baskets basket
GET,DELETE /{locale}/api/baskets/{basket} basket
POST /{locale}/api/baskets/{basket}/items basket
PUT,DELETE /{locale}/api/baskets/{basket}/items/{article} basket
POST /{locale}/api/newsletter -
GET /{locale}/api/config page
GET /api/locales menu[]
`)
	s.noise(25)
}

// isoDay returns a day of this year.
func (a *api) isoDay() string { return fmt.Sprintf("2026-%02d-%02d", 1+a.r.IntN(12), 1+a.r.IntN(28)) }
