package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Drive uses the API at baseURL like a test suite and a few shoppers: many requests, most of them
// valid, some wrong on purpose. The client decides how they are sent. Drive fails at the first
// response that a new API would not give. It does not follow redirects.
func Drive(ctx context.Context, client *http.Client, baseURL string) error {
	c := *client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	d := &driver{ctx: ctx, client: &c, base: strings.TrimRight(baseURL, "/"), tokens: map[string]string{}}
	d.signIn()
	d.browse()
	d.manageProducts()
	d.order()
	d.administer()
	d.wander()
	return d.err
}

// Token returns a bearer token of a sample account.
func Token(ctx context.Context, client *http.Client, baseURL, username string) (string, error) {
	d := &driver{ctx: ctx, client: client, base: strings.TrimRight(baseURL, "/")}
	return d.grant(200, "password", "username", username, "password", Password(username)).text("access_token"), d.err
}

// driver sends requests until the first error, which it keeps.
type driver struct {
	ctx    context.Context
	client *http.Client
	base   string
	err    error
	tokens map[string]string
}

// option changes a request before it is sent.
type option func(*http.Request)

func with(name, value string) option { return func(r *http.Request) { r.Header.Set(name, value) } }

func (d *driver) as(who string) option { return with("Authorization", "Bearer "+d.tokens[who]) }

var (
	keyed   = with("X-Api-Key", APIKey)
	asAdmin = option(func(r *http.Request) { r.SetBasicAuth(AdminUser, AdminPassword) })
)

func body(kind, data string) option {
	return func(r *http.Request) {
		r.Header.Set("Content-Type", kind)
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(data)), int64(len(data))
	}
}

func jsonBody(v object) option {
	data, _ := json.Marshal(v) // maps of plain values: cannot fail
	return body("application/json", string(data))
}

// answer is a response.
type answer struct {
	header http.Header
	json   object // nil if the body is no object
}

// text returns a member of the body, or "".
func (a answer) text(member string) string {
	text, _ := a.json[member].(string)
	return text
}

// call sends one request and requires a status.
func (d *driver) call(status int, method, path string, opts ...option) (got answer) {
	if d.err != nil {
		return got
	}
	res, err := d.send(method, path, opts)
	if err == nil {
		got.header = res.Header
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		json.Unmarshal(text, &got.json)
		if res.StatusCode != status {
			err = fmt.Errorf("status %d, not %d: %.200s", res.StatusCode, status, text)
		}
	}
	if err != nil {
		d.err = fmt.Errorf("drive the sample API: %s %s: %w", method, path, err)
	}
	return got
}

func (d *driver) send(method, path string, opts []option) (*http.Response, error) {
	req, err := http.NewRequestWithContext(d.ctx, method, d.base+path, nil)
	if err != nil {
		return nil, err
	}
	for _, o := range append([]option{with("User-Agent", "shop-tests/1.4"), with("Accept", "application/json")}, opts...) {
		o(req)
	}
	return d.client.Do(req)
}

// grant calls the token endpoint. pairs alternate names and values of the form.
func (d *driver) grant(status int, kind string, pairs ...string) answer {
	form := url.Values{"grant_type": {kind}, "client_id": {ClientID}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return d.call(status, "POST", "/oauth/token", body("application/x-www-form-urlencoded", form.Encode()))
}

const (
	me       = "/api/v1/accounts/me"
	products = "/api/v1/products"
	orders   = "/api/v1/orders"
)

// The shoppers, and the products that they look for.
var (
	shoppers = []string{"alice", "bruno", "chiara", "dmitri", "esther"}
	wishes   = []string{
		"walnut-desk-lamp", "oak-stool", "pour-over-kettle", "hand-grinder", "cast-iron-pan", "trail-lantern",
		"wool-blanket", "stoneware-mug", "folding-table", "clip-light-mini", "garden-bench", "bread-tin",
	}
)

func (d *driver) signIn() {
	for i, who := range shoppers {
		res := d.grant(200, "password", "username", who, "password", Password(who), "scope", "shop")
		if i%2 == 0 {
			res = d.grant(200, "refresh_token", "refresh_token", res.text("refresh_token"))
		}
		d.tokens[who] = res.text("access_token")
		d.call(200, "GET", me, d.as(who))
	}
	d.grant(400, "password", "username", "alice", "password", "wrong")
	d.call(401, "GET", me)
	d.call(200, "PATCH", me, d.as("bruno"), jsonBody(object{"phone": "+39 055 0123 456"}))
	d.call(200, "PATCH", me, d.as("esther"), jsonBody(object{"newsletter": false, "full_name": "Esther B. Abara"}))
	d.call(422, "PATCH", me, d.as("esther"), jsonBody(object{"full_name": " "}))
	d.call(400, "PATCH", me, d.as("esther"), body("application/json", `{"full_name": `))
}

func (d *driver) browse() {
	for _, q := range []string{
		"", "?category=lighting", "?category=furniture&sort=price", "?category=kitchen&sort=price&page=1&per_page=5", "?sort=price_desc",
		"?tag=new&tag=durable", "?tag=new&sort=name", "?page=1&per_page=6", "?page=2&per_page=6", "?page=3&per_page=6", "?page=4&per_page=6",
	} {
		d.call(200, "GET", products+q, keyed)
	}
	d.call(422, "GET", products+"?sort=colour", keyed)
	d.call(422, "GET", products+"?page=0", keyed)
	d.call(401, "GET", products)
	for range 2 {
		d.call(200, "GET", "/api/v1/categories", keyed)
		d.call(200, "GET", products+"/featured", keyed)
	}
	for i, slug := range wishes {
		tag := d.call(200, "GET", products+"/"+slug, keyed).header.Get("ETag")
		if i%3 == 0 {
			d.call(304, "GET", products+"/"+slug, keyed, with("If-None-Match", tag))
		}
	}
	d.call(404, "GET", products+"/gold-plated-spoon", keyed)
}

func (d *driver) manageProducts() {
	for i, name := range []string{"Reading chair", "Copper funnel", "Rope ladder", "Tea tin", "Slate board"} {
		slug := strings.ToLower(strings.ReplaceAll(name, " ", "-"))
		in := object{"slug": slug, "name": name, "category": "furniture", "price_cents": 4990 + i*730, "status": []string{"draft", "active"}[i%2]}
		if i%2 == 0 {
			in["description"], in["tags"] = name+", new this spring.", []string{"spring", "new"}
		}
		d.call(201, "POST", products, asAdmin, jsonBody(in))
		tag := d.call(200, "GET", products+"/"+slug, keyed).header.Get("ETag")
		in["status"], in["price_cents"] = "active", 3990+i*500
		d.call(200, "PUT", products+"/"+slug, asAdmin, with("If-Match", tag), jsonBody(in))
		d.call(412, "PUT", products+"/"+slug, asAdmin, with("If-Match", tag), jsonBody(in))
		if i > 2 {
			d.call(204, "DELETE", products+"/"+slug, asAdmin)
		}
	}
	lamp := object{"slug": "oak-stool", "name": "Oak stool", "category": "furniture", "price_cents": 900, "status": "draft"}
	d.call(409, "POST", products, asAdmin, jsonBody(lamp))
	d.call(401, "POST", products, jsonBody(lamp))
	lamp["slug"] = "Not A Slug"
	d.call(422, "POST", products, asAdmin, jsonBody(lamp))
	d.call(404, "DELETE", products+"/gold-plated-spoon", asAdmin)
}

func (d *driver) order() {
	place := func(i int) object {
		in := object{
			"items":   []object{{"product_slug": wishes[i%12], "quantity": 1}, {"product_slug": wishes[(i+5)%12], "quantity": 2}}[:1+i%2],
			"payment": object{"type": "card", "brand": []string{"visa", "mastercard"}[i/2%2], "last4": fmt.Sprint(1100 + i*37), "expiry": "2028-07"},
			"ship_to": object{"name": "The Receiver", "street": fmt.Sprintf("Market Street %d", 3+i), "city": "Berlin", "postal_code": "10969", "country": "DE"},
		}
		if i%2 == 1 {
			in["payment"] = object{"type": "bank_transfer", "bank": "Example Bank", "reference": fmt.Sprintf("SHOP %d", 5000+i)}
		}
		if i%4 == 3 {
			in["notes"] = "Please ring twice."
		}
		return in
	}
	for i := range 22 {
		who := d.as(shoppers[i%5])
		one := d.call(201, "POST", orders, who, with("Idempotency-Key", uuid("attempt", int64(i))), jsonBody(place(i))).header.Get("Location")
		status := d.call(200, "GET", one, who).text("status")
		switch {
		case status == "shipped":
			d.call(409, "POST", one+"/cancel", who, jsonBody(object{"reason": "too late"}))
			d.call(409, "DELETE", one, who)
		case i%4 == 0:
			d.call(200, "POST", one+"/cancel", who, jsonBody(object{"reason": "changed my mind"}))
		case i%4 == 1:
			d.call(204, "DELETE", one, who)
		}
		if i == 0 {
			d.call(403, "GET", one, d.as("bruno"))
		}
	}
	wrong := place(0)
	wrong["payment"] = object{"type": "barter"}
	d.call(422, "POST", orders, d.as("alice"), jsonBody(wrong))
	d.call(404, "GET", orders+"/"+uuid("order", 99999), d.as("alice"))
	d.call(404, "DELETE", orders+"/"+uuid("order", 99999), d.as("alice"))
	for _, who := range shoppers {
		d.call(200, "GET", orders, d.as(who))
		d.call(200, "GET", orders+"?status=shipped", d.as(who))
		after := d.call(200, "GET", orders+"?limit=1&status=paid&status=shipped", d.as(who)).text("next_cursor")
		d.call(200, "GET", orders+"?limit=1&status=paid&status=shipped&after="+after, d.as(who))
	}
}

func (d *driver) administer() {
	const sales = "/admin/reports/sales?from="
	d.call(401, "POST", "/admin/session")
	set := d.call(204, "POST", "/admin/session", asAdmin).header.Get("Set-Cookie")
	pair, _, _ := strings.Cut(set, ";")
	for _, q := range []string{"2026-03-01&to=2026-03-31", "2026-03-02&to=2026-03-02", "2025-01-01&to=2025-12-31"} {
		d.call(200, "GET", sales+q, with("Cookie", pair), with("Accept", "text/csv"))
	}
	d.call(200, "GET", sales+"2026-02-01&to=2026-03-02", asAdmin, with("Accept", "text/csv"))
	d.call(422, "GET", sales+"yesterday&to=today", with("Cookie", pair))
	d.call(204, "DELETE", "/admin/session", with("Cookie", pair))
	d.call(401, "GET", sales+"2026-03-01&to=2026-03-31", with("Cookie", pair))
}

// wander sends the requests of browsers and scanners that do not belong to the API.
func (d *driver) wander() {
	for _, slug := range wishes[:2] {
		d.call(200, "GET", "/assets/logo.svg", with("Accept", "image/*"))
		d.call(302, "GET", "/p/"+slug)
	}
	for _, path := range []string{products, orders} {
		d.call(204, "OPTIONS", path, with("Origin", "https://www.shop.example"), with("Access-Control-Request-Method", "POST"))
	}
	d.call(200, "GET", products, keyed, with("Origin", "https://www.shop.example"))
	for _, path := range []string{"/robots.txt", "/favicon.ico", "/wp-login.php"} {
		d.call(404, "GET", path)
	}
}
