package demo

import (
	"fmt"
	"net/url"
	"strings"
)

func (d *driver) signIn() {
	token := "/oauth/token"
	for _, who := range shoppers {
		res := d.call(200, "POST", token, form("grant_type", "password", "username", who, "password", Password(who), "client_id", ClientID, "scope", "shop"))
		d.tokens[who] = res.text("access_token")
		if who == "alice" || who == "chiara" {
			res = d.call(200, "POST", token, form("grant_type", "refresh_token", "refresh_token", res.text("refresh_token"), "client_id", ClientID))
			d.tokens[who] = res.text("access_token")
		}
	}
	d.call(400, "POST", token, form("grant_type", "password", "username", "alice", "password", "wrong", "client_id", ClientID))
	d.call(400, "POST", token, form("grant_type", "magic", "client_id", ClientID))
	d.call(401, "GET", api+"/accounts/me")
	d.call(401, "GET", api+"/accounts/me", header("Authorization", "Bearer not.a.token"))
	for i, who := range shoppers {
		d.call(200, "GET", api+"/accounts/me", d.as(who))
		for k := range 3 {
			d.call(200, "GET", fmt.Sprintf("%s/accounts/%d", api, 1001+17*((i+k)%5)), d.as(who))
		}
	}
	d.call(404, "GET", api+"/accounts/4711", d.as("alice"))
}

func (d *driver) browse() {
	list := api + "/products"
	d.call(401, "GET", list)
	d.call(200, "GET", list, withKey())
	for _, q := range []string{
		"category=lighting", "category=furniture&sort=price", "category=coffee&in_stock=true", "min_price=20.00&max_price=150.00",
		"min_price=15.5&sort=price_desc", "in_stock=true&sort=name", "in_stock=false", "tag=new&tag=lighting", "tag=outdoor&sort=newest",
		"category=kitchen&min_price=10&max_price=400.00&in_stock=true&sort=price&page=1&per_page=5", "sort=newest&per_page=7", "category=outdoor&tag=new&tag=outdoor",
	} {
		d.call(200, "GET", list+"?"+q, withKey())
	}
	for page := range 4 {
		d.call(200, "GET", fmt.Sprintf("%s?page=%d&per_page=6", list, page+1), withKey())
	}
	d.call(422, "GET", list+"?sort=colour", withKey())
	d.call(422, "GET", list+"?page=0", withKey())
	d.call(200, "GET", api+"/categories", withKey())
	d.call(200, "GET", api+"/categories", withKey(), header("Accept-Language", "de-DE,de;q=0.8"))
	d.call(200, "GET", list+"/featured", withKey())
	d.call(200, "GET", list+"/featured", withKey())
	for _, words := range []string{"lamp", "oak", "made to last", "kettle", "café", "bench"} {
		d.call(200, "GET", api+"/search?q="+url.QueryEscape(words), withKey())
		d.call(200, "GET", api+"/search?limit=3&q="+url.QueryEscape(words), withKey())
	}
	d.call(422, "GET", api+"/search?q=", withKey())
	d.call(401, "GET", api+"/search?q=lamp", header("X-Api-Key", "shop-key-of-somebody-else"))
}

func (d *driver) lookAround() {
	for i, slug := range wishes {
		res := d.call(200, "GET", api+"/products/"+slug, withKey())
		if i%3 == 0 {
			d.call(304, "GET", api+"/products/"+slug, withKey(), header("If-None-Match", res.header.Get("ETag")))
		}
		if i%2 == 0 {
			d.call(200, "GET", api+"/products/"+slug+"/stock", withKey())
		}
	}
	d.call(404, "GET", api+"/products/gold-plated-spoon", withKey())
	d.call(404, "GET", api+"/products/gold-plated-spoon/stock", withKey())
}

func (d *driver) manageProducts() {
	list := api + "/products"
	for i, name := range []string{"Reading chair", "Copper funnel", "Rope ladder", "Tea tin", "Slate board"} {
		slug := strings.ToLower(strings.ReplaceAll(name, " ", "-"))
		in := object{"slug": slug, "name": name, "category": "furniture", "price_cents": 4990 + i*730, "status": []string{"draft", "active"}[i%2]}
		if i%2 == 0 {
			in["description"], in["tags"] = name+", new this spring.", []string{"spring", "new"}
		}
		if i%2 == 1 {
			in["description"], in["dimensions"] = nil, object{"width_mm": 100 + i, "height_mm": 220, "depth_mm": 90, "weight_kg": 1.25}
		}
		d.call(201, "POST", list, asAdmin(), jsonBody(in))
		tag := d.call(200, "GET", list+"/"+slug, withKey()).header.Get("ETag")
		in["status"], in["price_cents"] = "active", 3990+i*500
		d.call(200, "PUT", list+"/"+slug, asAdmin(), header("If-Match", tag), jsonBody(in))
		if i == 1 {
			d.call(412, "PUT", list+"/"+slug, asAdmin(), header("If-Match", tag), jsonBody(in))
			d.call(428, "PUT", list+"/"+slug, asAdmin(), jsonBody(in))
		}
		d.call(200, "PUT", list+"/"+slug+"/stock", asAdmin(), jsonBody(map[string]int{warehouses[i%4]: 10 + i, warehouses[(i+1)%4]: 3}))
		if i > 2 {
			d.call(204, "DELETE", list+"/"+slug, asAdmin())
		}
	}
	d.call(409, "POST", list, asAdmin(), jsonBody(object{"slug": "oak-stool", "name": "Oak stool", "category": "furniture", "price_cents": 900, "status": "draft"}))
	d.call(422, "POST", list, asAdmin(), jsonBody(object{"slug": "Not A Slug", "name": "", "category": "furniture", "price_cents": 0, "status": "lost"}))
	d.call(401, "POST", list, jsonBody(object{"slug": "free-lamp", "name": "Free lamp", "category": "lighting", "price_cents": 1, "status": "active"}))
	d.call(404, "DELETE", list+"/gold-plated-spoon", asAdmin())
	d.call(422, "PUT", list+"/oak-stool/stock", asAdmin(), jsonBody(map[string]int{"moon-1": 1}))
}

func (d *driver) review() {
	for i, slug := range wishes[:8] {
		path := api + "/products/" + slug + "/reviews"
		for k, who := range shoppers[:3] {
			in := object{"rating": 1 + (i+k*2)%5, "title": []string{"Just right", "Not for me", "Would buy again"}[k]}
			if k != 1 {
				in["body"] = fmt.Sprintf("Used it for %d weeks.", 2+i)
			}
			d.call(201, "POST", path, d.as(who), jsonBody(in))
		}
		d.call(200, "GET", path, withKey())
		d.call(200, "GET", path+"?page=1&per_page=2", withKey())
	}
	path := api + "/products/oak-stool/reviews"
	d.call(409, "POST", path, d.as("alice"), jsonBody(object{"rating": 4, "title": "Once more"}))
	d.call(422, "POST", path, d.as("esther"), jsonBody(object{"rating": 9, "title": "Too good"}))
	d.call(401, "POST", path, jsonBody(object{"rating": 5, "title": "Anonymous"}))
	d.call(404, "GET", api+"/products/gold-plated-spoon/reviews", withKey())
}

func (d *driver) fillCarts() {
	items := api + "/cart/items"
	for i, who := range shoppers {
		d.call(200, "GET", api+"/cart", d.as(who))
		for k := range 3 {
			in := object{"product_slug": wishes[(i*2+k)%len(wishes)], "quantity": 1 + k}
			if k == 1 {
				in["gift_wrap"] = true
			}
			id := d.call(201, "POST", items, d.as(who), jsonBody(in)).text("id")
			switch k {
			case 0:
				d.call(200, "PATCH", items+"/"+id, d.as(who), jsonBody(object{"quantity": 2 + i}))
			case 1:
				d.call(200, "PATCH", items+"/"+id, d.as(who), jsonBody(object{"gift_wrap": false}))
			case 2:
				d.call(204, "DELETE", items+"/"+id, d.as(who))
			}
		}
		d.call(200, "GET", api+"/cart", d.as(who))
	}
	d.call(422, "POST", items, d.as("alice"), jsonBody(object{"product_slug": "oak-stool", "quantity": 0}))
	d.call(422, "POST", items, d.as("alice"), jsonBody(object{"product_slug": "no-such-thing", "quantity": 1}))
	d.call(409, "POST", items, d.as("alice"), jsonBody(object{"product_slug": "oak-stool", "quantity": 98}))
	d.call(404, "PATCH", items+"/1", d.as("alice"), jsonBody(object{"quantity": 1}))
	d.call(404, "DELETE", items+"/1", d.as("alice"))
	d.call(401, "GET", api+"/cart")
}

func (d *driver) changeAccounts() {
	me := api + "/accounts/me"
	d.call(200, "PATCH", me, d.as("bruno"), jsonBody(object{"phone": "+39 055 0123 456"}))
	d.call(200, "PATCH", me, d.as("bruno"), jsonBody(object{"newsletter": true, "full_name": "Bruno A. Marchetti"}))
	d.call(200, "PATCH", me, d.as("dmitri"), jsonBody(object{"address": object{"name": "Dmitri Oakes", "street": "Canal Road 9", "city": "Leeds", "postal_code": "LS1 4AB", "country": "GB"}}))
	d.call(200, "PATCH", me, d.as("esther"), jsonBody(object{"newsletter": false}))
	d.call(422, "PATCH", me, d.as("esther"), jsonBody(object{"full_name": " "}))
	d.call(400, "PATCH", me, d.as("esther"), body("application/json", []byte(`{"full_name": `)))
	d.call(401, "PATCH", me, jsonBody(object{"newsletter": true}))
}
