package sample

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

// categories is the tree of categories in JSON.
const categories = `[
  {"slug": "home", "name": "Home", "children": [
    {"slug": "lighting", "name": "Lighting", "children": [{"slug": "desk-lamps", "name": "Desk lamps", "children": []}]},
    {"slug": "furniture", "name": "Furniture", "children": []}]},
  {"slug": "kitchen", "name": "Kitchen", "children": [{"slug": "coffee", "name": "Coffee", "children": []}]},
  {"slug": "outdoor", "name": "Outdoor", "children": []}]`

// paged returns one page of a list and its position.
func paged[T any](r *http.Request, all []T) reply {
	n, size := number(r, "page", "1"), number(r, "per_page", "10")
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
	category, tag, sort := r.FormValue("category"), r.FormValue("tag"), r.FormValue("sort")
	if sort != "" && sort != "name" && sort != "price" {
		return invalid("sort", "must be name or price")
	}
	list := slices.SortedFunc(maps.Values(a.state.products), func(x, y *product) int {
		switch sort {
		case "name":
			return cmp.Compare(x.Name, y.Name)
		case "price":
			return cmp.Compare(x.Cents, y.Cents)
		}
		return cmp.Compare(x.ID, y.ID)
	})
	return paged(r, slices.DeleteFunc(list, func(p *product) bool {
		return category != "" && p.Category != category || tag != "" && !slices.Contains(p.Tags, tag)
	}))
}

func (a *API) product(r *http.Request) reply {
	if p := a.state.products[r.PathValue("slug")]; p != nil {
		return ok(p)
	}
	return notFound("product", r.PathValue("slug"))
}

var slugs = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (a *API) createProduct(r *http.Request) reply {
	p := &product{ID: 600 + int64(len(a.state.products)), Stock: map[string]int{}}
	switch {
	case !decode(r, &p.productInput):
		return badJSON
	case !slugs.MatchString(p.Slug):
		return invalid("slug", "must be lower-case words joined by hyphens")
	case p.Cents <= 0:
		return invalid("price_cents", "must be positive")
	case a.state.products[p.Slug] != nil:
		return fail(http.StatusConflict, "slug_taken", "there is a product %s already", p.Slug)
	}
	a.state.add(p, a.state.touch())
	return located(http.StatusCreated, "/api/v1/products/"+p.Slug, p)
}

// orders lists the caller's orders, newest first. The cursor is the number of the last one on the
// page.
func (a *API) orders(r *http.Request, who *account) reply {
	limit, after, status := number(r, "limit", "20"), r.FormValue("after"), r.Form["status"]
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
		return badJSON
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
func (a *API) ofOrder(h func(*order) reply) handler {
	return a.withBearer(func(r *http.Request, who *account) reply {
		for _, o := range a.state.orders {
			switch {
			case o.ID != r.PathValue("order_id"):
			case o.owner != who:
				return fail(http.StatusForbidden, "forbidden", "this order is somebody else's")
			default:
				return h(o)
			}
		}
		return notFound("order", r.PathValue("order_id"))
	})
}

func (a *API) deleteOrder(o *order) reply {
	if o.Status == "shipped" {
		return fail(http.StatusConflict, "already_shipped", "order %s is on its way", o.Number)
	}
	a.state.orders = slices.DeleteFunc(a.state.orders, func(x *order) bool { return x == o })
	return noContent
}

func cancelOrder(o *order) reply {
	if o.Status == "shipped" || o.Status == "cancelled" {
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
	return raw("text/csv; charset=utf-8", table.String())(r)
}
