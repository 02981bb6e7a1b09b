package demo

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// categories returns the categories, which have categories below them.
func categories(*http.Request) reply {
	category := func(slug, name string, children ...object) object {
		return object{"slug": slug, "name": name, "children": append([]object{}, children...)}
	}
	return ok([]object{
		category("home", "Home", category("lighting", "Lighting", category("desk-lamps", "Desk lamps")), category("furniture", "Furniture")),
		category("kitchen", "Kitchen", category("coffee", "Coffee")), category("outdoor", "Outdoor"),
	})
}

// paged returns one page of a list and its position.
func paged[T any](r *http.Request, all []T) reply {
	n, size := number(r, "page", 1), number(r, "per_page", 10)
	if n == 0 || size == 0 {
		return invalid("page", "must be a positive number, like per_page")
	}
	from := min((n-1)*size, len(all))
	res := ok(object{"data": append([]T{}, all[from:min(from+size, len(all))]...), "page": n, "per_page": size, "total": len(all)})
	res.header = map[string]string{"X-Total-Count": strconv.Itoa(len(all))}
	return res
}

// products lists products by category and tag.
func (a *API) products(r *http.Request) reply {
	category, tags := r.FormValue("category"), r.Form["tag"]
	order := map[string]func(x, y *product) int{
		"":           func(x, y *product) int { return cmp.Compare(x.ID, y.ID) },
		"name":       func(x, y *product) int { return cmp.Compare(x.Name, y.Name) },
		"price":      func(x, y *product) int { return cmp.Compare(x.Cents, y.Cents) },
		"price_desc": func(x, y *product) int { return cmp.Compare(y.Cents, x.Cents) },
	}[r.FormValue("sort")]
	if order == nil {
		return invalid("sort", "must be name, price or price_desc")
	}
	list := slices.DeleteFunc(slices.SortedFunc(maps.Values(a.state.products), order), func(p *product) bool {
		return category != "" && p.Category != category ||
			len(tags) > 0 && !slices.ContainsFunc(p.Tags, func(t string) bool { return slices.Contains(tags, t) })
	})
	return paged(r, list)
}

// featured returns the products in the shop window.
func featured(*http.Request) reply {
	return ok(object{"slugs": []string{"oak-stool", "paper-pendant"}, "until": "2026-04-01", "rotates_every": 3600})
}

// ofProduct returns a handler for the product that the path names.
func (a *API) ofProduct(h func(*http.Request, *product) reply) handler {
	return func(r *http.Request) reply {
		if p := a.state.products[r.PathValue("slug")]; p != nil {
			return h(r, p)
		}
		return notFound("product", r.PathValue("slug"))
	}
}

func (p *product) etag() string { return fmt.Sprintf(`"%d-%d"`, p.ID, p.version) }

func (a *API) product(r *http.Request, p *product) reply {
	head := map[string]string{"ETag": p.etag(), "Cache-Control": "max-age=60"}
	if r.Header.Get("If-None-Match") == p.etag() {
		return reply{status: http.StatusNotModified, header: head}
	}
	return reply{status: http.StatusOK, header: head, body: p}
}

var slugs = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// fill sets the fields of p that a client sends, unless they are not valid.
func (a *API) fill(p *product, r *http.Request) (refused *reply) {
	in := productInput{Slug: p.Slug}
	res := badJSON()
	switch {
	case !decode(r, &in):
	case !slugs.MatchString(in.Slug):
		res = invalid("slug", "must be lower-case words joined by hyphens")
	case in.Cents <= 0:
		res = invalid("price_cents", "must be positive")
	case in.Slug != cmp.Or(p.Slug, in.Slug):
		res = invalid("slug", "cannot be changed")
	case p.Slug == "" && a.state.products[in.Slug] != nil:
		res = fail(http.StatusConflict, "slug_taken", "there is a product %s already", in.Slug)
	default:
		p.productInput = in
		p.derive(a.state.touch())
		return nil
	}
	return &res
}

func (a *API) createProduct(r *http.Request) reply {
	p := &product{Stock: map[string]int{}}
	if refused := a.fill(p, r); refused != nil {
		return *refused
	}
	p.ID = 600 + a.state.next("product")
	a.state.products[p.Slug] = p
	return located(http.StatusCreated, "/api/v1/products/"+p.Slug, p)
}

// putProduct replaces a product, unless it has changed since the caller read it (If-Match, RFC
// 9110).
func (a *API) putProduct(r *http.Request, p *product) reply {
	if r.Header.Get("If-Match") != p.etag() {
		return fail(http.StatusPreconditionFailed, "changed_meanwhile", "the product has changed: read it again")
	}
	if refused := a.fill(p, r); refused != nil {
		return *refused
	}
	return a.product(r, p)
}

func (a *API) deleteProduct(_ *http.Request, p *product) reply {
	delete(a.state.products, p.Slug)
	return noContent
}

// orders lists the caller's orders, newest first. The cursor is the number of the last one on the
// page.
func (a *API) orders(r *http.Request, who *account) reply {
	limit, after, status := number(r, "limit", 20), r.FormValue("after"), r.Form["status"]
	list := []*order{}
	var next *string
	for _, o := range slices.Backward(a.state.orders) {
		switch {
		case o.owner != who, status != nil && !slices.Contains(status, o.Status), after != "" && o.Number >= after:
		case len(list) < limit:
			list = append(list, o)
		default:
			next = &list[limit-1].Number
		}
	}
	return ok(object{"orders": list, "next_cursor": next, "has_more": next != nil})
}

func (a *API) createOrder(r *http.Request, who *account) reply {
	o := &order{owner: who}
	switch {
	case !decode(r, o):
		return badJSON()
	case o.ShipTo == nil:
		return invalid("ship_to", "is needed")
	case o.Payment["type"] != "card" && o.Payment["type"] != "bank_transfer":
		return invalid("payment", "must be a card or a bank_transfer")
	}
	sum := int64(0)
	for i := range o.Items {
		it := &o.Items[i]
		p := a.state.products[it.Slug]
		if p == nil {
			return invalid("items", it.Slug+" is not a product")
		}
		it.Line, it.UnitPrice = i+1, p.Price
		sum += p.Cents * int64(it.Quantity)
	}
	n := a.state.next("order")
	o.ID, o.Number, o.Status = uuid("order", n), fmt.Sprintf("A-%d", 10020+n), []string{"pending", "paid", "shipped"}[n%3]
	o.Total, o.PlacedAt = euros(sum), a.state.touch()
	if o.Status == "shipped" {
		number := fmt.Sprintf("JD%012d", n*7919)
		o.Tracking = &number
	}
	a.state.orders = append(a.state.orders, o)
	return located(http.StatusCreated, "/api/v1/orders/"+o.ID, o)
}

// ofOrder returns a handler for the caller's order that the path names.
func (a *API) ofOrder(h func(*http.Request, *order) reply) handler {
	return a.withBearer(func(r *http.Request, who *account) reply {
		for _, o := range a.state.orders {
			switch {
			case o.ID != r.PathValue("order_id"):
			case o.owner != who:
				return fail(http.StatusForbidden, "forbidden", "this order is somebody else's")
			default:
				return h(r, o)
			}
		}
		return notFound("order", r.PathValue("order_id"))
	})
}

func (a *API) order(_ *http.Request, o *order) reply { return ok(o) }

func (a *API) deleteOrder(_ *http.Request, o *order) reply {
	if o.Status == "shipped" {
		return fail(http.StatusConflict, "already_shipped", "order %s is on its way", o.Number)
	}
	a.state.orders = slices.DeleteFunc(a.state.orders, func(x *order) bool { return x == o })
	return noContent
}

func (a *API) cancelOrder(r *http.Request, o *order) reply {
	switch {
	case !decode(r, &struct{ Reason string }{}):
		return badJSON()
	case o.Status == "shipped" || o.Status == "cancelled":
		return fail(http.StatusConflict, "not_cancellable", "order %s is %s", o.Number, o.Status)
	}
	o.Status = "cancelled"
	return ok(o)
}

// salesReport returns a table of the orders between two days.
func (a *API) salesReport(r *http.Request) reply {
	from, to := r.FormValue("from"), r.FormValue("to")
	if len(from) != len("2026-03-02") || len(to) != len(from) {
		return invalid("from", "must be a date such as 2026-03-02, like to")
	}
	var table strings.Builder
	table.WriteString("number,placed_at,status,total\n")
	for _, o := range a.state.orders {
		if day := o.PlacedAt[:10]; day >= from && day <= to {
			fmt.Fprintf(&table, "%s,%s,%s,%s\n", o.Number, o.PlacedAt, o.Status, o.Total.Amount)
		}
	}
	return reply{status: http.StatusOK, body: []byte(table.String()), kind: "text/csv; charset=utf-8"}
}
