package demo

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"strings"
)

func payments(i int) object {
	switch i % 3 {
	case 0:
		return object{"type": "card", "brand": []string{"visa", "mastercard"}[i/3%2], "last4": fmt.Sprintf("%04d", 1100+i*37), "expiry": "2028-0" + fmt.Sprint(1+i%9)}
	case 1:
		return object{"type": "bank_transfer", "bank": "Example Bank", "reference": fmt.Sprintf("SHOP %d", 5000+i), "due_on": "2026-03-1" + fmt.Sprint(i%10)}
	}
	return object{"type": "gift_card", "gift_code": fmt.Sprintf("GIFT-%d", 300+i)}
}

func (d *driver) placeOrders() {
	d.orders = map[string][]string{}
	list := api + "/orders"
	cities := [][3]string{{"Berlin", "10969", "DE"}, {"Aarhus", "8000", "DK"}, {"Lyon", "69002", "FR"}, {"Leeds", "LS1 4AB", "GB"}}
	order := func(i int) object {
		city := cities[i%len(cities)]
		in := object{
			"items":   []object{{"product_slug": wishes[i%len(wishes)], "quantity": 1}},
			"payment": payments(i),
			"ship_to": object{"name": "The Receiver", "street": fmt.Sprintf("Market Street %d", 3+i), "city": city[0], "postal_code": city[1], "country": city[2]},
		}
		if i%2 == 0 {
			in["items"] = append(in["items"].([]object), object{"product_slug": wishes[(i+5)%len(wishes)], "quantity": 2})
		}
		if i%3 == 1 {
			in["coupon"], in["notes"] = "WELCOME-10", nil
		}
		if i%4 == 3 {
			in["notes"] = "Please ring twice."
		}
		return in
	}
	for i := range 22 {
		who := shoppers[i%len(shoppers)]
		res := d.call(201, "POST", list, d.as(who), header("Idempotency-Key", uuid("attempt", int64(i))), jsonBody(order(i)))
		d.orders[who] = append(d.orders[who], res.text("id"))
	}
	wrong := order(0)
	wrong["payment"] = object{"type": "barter"}
	d.call(422, "POST", list, d.as("alice"), jsonBody(wrong))
	wrong = order(1)
	wrong["items"] = []object{{"product_slug": "camp-stove", "quantity": 5000}}
	d.call(409, "POST", list, d.as("alice"), jsonBody(wrong))
	delete(wrong, "ship_to")
	d.call(422, "POST", list, d.as("alice"), jsonBody(wrong))
	d.call(401, "POST", list, jsonBody(order(2)))
	for _, code := range []string{"SPRING-25", "WELCOME-10", "LOYAL-15", "WINTER-30"} {
		d.call(200, "GET", api+"/coupons/"+code, d.as("chiara"))
	}
	d.call(404, "GET", api+"/coupons/FREE-100", d.as("chiara"))
}

func (d *driver) followOrders() {
	list := api + "/orders"
	for _, who := range shoppers {
		d.call(200, "GET", list, d.as(who))
		d.call(200, "GET", list+"?status=shipped", d.as(who))
		res := d.call(200, "GET", list+"?limit=2&status=paid&status=shipped", d.as(who))
		if after := res.text("next_cursor"); after != "" {
			d.call(200, "GET", list+"?limit=2&status=paid&status=shipped&after="+after, d.as(who))
		}
		for i, id := range d.orders[who] {
			one := list + "/" + id
			status := d.call(200, "GET", one, d.as(who)).text("status")
			d.call(200, "GET", one+"/items", d.as(who))
			d.call(200, "GET", one+"/items/1", d.as(who))
			switch {
			case i == 0:
				d.call(404, "GET", one+"/items/9", d.as(who))
			case status == "shipped":
				d.call(409, "POST", one+"/cancel", d.as(who), jsonBody(object{"reason": "too late"}))
				d.call(409, "DELETE", one, d.as(who))
			case i%2 == 1:
				d.call(200, "POST", one+"/cancel", d.as(who), jsonBody(object{"reason": "changed my mind"}))
			case i > 1:
				d.call(204, "DELETE", one, d.as(who))
			}
		}
	}
	d.call(404, "GET", list+"/"+uuid("order", 99999), d.as("alice"))
	d.call(404, "DELETE", list+"/"+uuid("order", 99999), d.as("alice"))
	if ids := d.orders["bruno"]; len(ids) > 0 {
		d.call(403, "GET", list+"/"+ids[0], d.as("alice"))
		d.call(401, "GET", list+"/"+ids[0])
	}
}

// pixel is a PNG of one pixel.
const pixel = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"

func (d *driver) sendFiles() {
	list := api + "/uploads"
	for i, name := range []string{"receipt.pdf", "scratch.png", "box.png", "manual.pdf", "colour chart.png"} {
		kind, data := "image/png", pixel
		if strings.HasSuffix(name, ".pdf") {
			kind, data = "application/pdf", "%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
		}
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		w.SetBoundary(fmt.Sprintf("shop-tests-%08d", i)) // always valid
		w.WriteField("title", []string{"Receipt", "Scratch on the lid", "Box"}[i%3])
		for _, tag := range []string{"claim", "photo"}[:i%3] {
			w.WriteField("tags", tag)
		}
		part, err := w.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename="%s"`, name)}, "Content-Type": {kind},
		})
		if err != nil {
			d.err = err
			return
		}
		part.Write([]byte(data)) // in memory: cannot fail, like the fields above
		w.Close()
		who := shoppers[i%2]
		at := d.call(201, "POST", list, d.as(who), body(w.FormDataContentType(), b.Bytes())).header.Get("Location")
		d.call(200, "GET", at, d.as(who), header("Accept", kind))
	}
	d.call(415, "POST", list, d.as("alice"), jsonBody(object{"file": "no"}))
	d.call(404, "GET", list+"/"+short("upload", 999), d.as("alice"))
	d.call(401, "GET", list+"/"+short("upload", 1))
}

func (d *driver) hookUp() {
	list := api + "/webhooks"
	for i, who := range shoppers[:4] {
		in := object{"url": fmt.Sprintf("https://hooks.shop.example/%s/in?v=%d", who, i), "events": events[:1+i%len(events)]}
		id := d.call(201, "POST", list, d.as(who), jsonBody(in)).text("id")
		d.call(200, "GET", list, d.as(who))
		if i%2 == 1 {
			d.call(204, "DELETE", list+"/"+id, d.as(who))
		}
	}
	d.call(422, "POST", list, d.as("alice"), jsonBody(object{"url": "http://hooks.shop.example", "events": events[:1]}))
	d.call(404, "DELETE", list+"/wh_"+short("webhook", 999), d.as("alice"))
}

func (d *driver) administer() {
	d.call(401, "POST", "/admin/session")
	set := d.call(204, "POST", "/admin/session", asAdmin()).header.Get("Set-Cookie")
	pair, _, _ := strings.Cut(set, ";")
	cookie := header("Cookie", pair)
	for _, q := range []string{"from=2026-03-01&to=2026-03-31", "from=2026-03-02&to=2026-03-02", "from=2025-01-01&to=2025-12-31"} {
		d.call(200, "GET", "/admin/reports/sales?"+q, cookie, header("Accept", "text/csv"))
	}
	d.call(200, "GET", "/admin/reports/sales?from=2026-02-01&to=2026-03-02", asAdmin(), header("Accept", "text/csv"))
	d.call(422, "GET", "/admin/reports/sales?from=yesterday&to=today", cookie)
	for _, day := range []string{"2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"} {
		d.call(200, "GET", "/admin/exports/"+day, cookie, header("Accept", "application/zip"))
	}
	d.call(404, "GET", "/admin/exports/2031-01-01", cookie)
	d.call(401, "GET", "/admin/exports/2026-03-01")
	d.call(204, "DELETE", "/admin/session", cookie)
	d.call(401, "GET", "/admin/reports/sales?from=2026-03-01&to=2026-03-31", cookie)
}

// wander sends the requests of browsers and scanners that do not belong to the API.
func (d *driver) wander() {
	d.call(200, "GET", "/assets/logo.svg", header("Accept", "image/*"))
	d.call(200, "GET", "/assets/logo.svg", header("Accept", "image/*"))
	for id := range 3 {
		to := d.call(302, "GET", "/p/"+short("label", int64(501+id))[:6]).header.Get("Location")
		d.call(200, "GET", to, withKey())
	}
	for _, path := range []string{"/orders", "/cart", "/products"} {
		d.call(204, "OPTIONS", api+path, header("Origin", "https://www.shop.example"), header("Access-Control-Request-Method", "POST"))
	}
	d.call(200, "GET", api+"/products", withKey(), header("Origin", "https://www.shop.example"))
	d.call(404, "GET", "/robots.txt")
	d.call(404, "GET", "/favicon.ico")
	d.call(404, "GET", "/wp-login.php")
}
