package demo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

type order struct {
	ID        string      `json:"id"`
	Number    string      `json:"number"`
	Status    string      `json:"status"`
	AccountID int64       `json:"account_id"`
	Items     []orderItem `json:"items"`
	Total     money       `json:"total"`
	Payment   any         `json:"payment"`
	ShipTo    address     `json:"ship_to"`
	Coupon    *string     `json:"coupon"`
	Notes     *string     `json:"notes"`
	Tracking  *tracking   `json:"tracking"`
	PlacedAt  string      `json:"placed_at"`
	ShippedAt *string     `json:"shipped_at"`
}

type orderItem struct {
	Line      int    `json:"line"`
	Slug      string `json:"product_slug"`
	Quantity  int    `json:"quantity"`
	UnitPrice money  `json:"unit_price"`
}

type tracking struct {
	Carrier string `json:"carrier"`
	Number  string `json:"number"`
	URL     string `json:"url"`
}

// The payment methods. Each has fields of its own; type distinguishes them.
type (
	cardPayment struct {
		Type   string `json:"type"`
		Brand  string `json:"brand"`
		Last4  string `json:"last4"`
		Expiry string `json:"expiry"`
	}
	transferPayment struct {
		Type      string `json:"type"`
		Bank      string `json:"bank"`
		Reference string `json:"reference"`
		DueOn     string `json:"due_on"`
	}
	giftPayment struct {
		Type      string `json:"type"`
		Code      string `json:"gift_code"`
		Remaining money  `json:"remaining"`
	}
)

// payment parses a payment method by its type.
func payment(raw json.RawMessage) (any, error) {
	var kind struct {
		Type string `json:"type"`
	}
	json.Unmarshal(raw, &kind) // a body that is not an object has no type
	switch kind.Type {
	case "card":
		var p cardPayment
		if json.Unmarshal(raw, &p) != nil || len(p.Last4) != 4 {
			return nil, invalid("payment.last4", "must be the last four digits")
		}
		return p, nil
	case "bank_transfer":
		var p transferPayment
		if json.Unmarshal(raw, &p) != nil || p.Bank == "" {
			return nil, invalid("payment.bank", "must not be empty")
		}
		return p, nil
	case "gift_card":
		var p giftPayment
		if json.Unmarshal(raw, &p) != nil || p.Code == "" {
			return nil, invalid("payment.gift_code", "must not be empty")
		}
		p.Remaining = euros(2500)
		return p, nil
	}
	return nil, invalid("payment.type", "must be card, bank_transfer or gift_card")
}

// orders lists the caller's orders, newest first. The cursor is the number of the last one on the
// page.
func (a *API) orders(r *http.Request) (reply, error) {
	q := r.URL.Query()
	limit, err := number(r, "limit", 20, 1, 100)
	if err != nil {
		return reply{}, err
	}
	list := []order{}
	more := false
	for _, o := range slices.Backward(a.state.orders) {
		switch {
		case o.AccountID != caller(r).ID,
			len(q["status"]) > 0 && !slices.Contains(q["status"], o.Status),
			q.Get("after") != "" && o.Number >= q.Get("after"):
			continue
		}
		if more = len(list) == limit; more {
			break
		}
		list = append(list, *o)
	}
	var next *string
	if more {
		next = &list[len(list)-1].Number
	}
	return ok(map[string]any{"orders": list, "next_cursor": next, "has_more": more})
}

func (a *API) createOrder(r *http.Request) (reply, error) {
	var in struct {
		Items   []orderItem     `json:"items"`
		Payment json.RawMessage `json:"payment"`
		ShipTo  *address        `json:"ship_to"`
		Coupon  *string         `json:"coupon"`
		Notes   *string         `json:"notes"`
	}
	if err := decode(r, &in); err != nil {
		return reply{}, err
	}
	if len(in.Items) == 0 {
		return reply{}, invalid("items", "must not be empty")
	}
	if in.ShipTo == nil || in.ShipTo.Country == "" {
		return reply{}, invalid("ship_to", "is needed")
	}
	pay, err := payment(in.Payment)
	if err != nil {
		return reply{}, err
	}
	sum := int64(0)
	for i := range in.Items {
		it := &in.Items[i]
		p := a.state.product(it.Slug)
		if p == nil {
			return reply{}, invalid(fmt.Sprintf("items[%d].product_slug", i), "is not a product")
		}
		if it.Quantity < 1 || p.inStock() < it.Quantity {
			return reply{}, fail(http.StatusConflict, "out_of_stock", "only %d of %s are left", p.inStock(), p.Slug)
		}
		it.Line, it.UnitPrice = i+1, p.Price
		sum += p.cents * int64(it.Quantity)
	}
	n := a.state.next("order")
	o := &order{
		ID: uuid("order", n), Number: fmt.Sprintf("A-%d", 10020+n), Status: "pending", AccountID: caller(r).ID,
		Items: in.Items, Total: euros(sum), Payment: pay, ShipTo: *in.ShipTo, Coupon: in.Coupon, Notes: in.Notes,
		PlacedAt: a.state.touch(),
	}
	a.progress(o, n)
	a.state.orders = append(a.state.orders, o)
	return created("/api/v1/orders/"+o.ID, o)
}

// progress advances the state of some orders, like a warehouse.
func (a *API) progress(o *order, n int64) {
	switch n % 4 {
	case 1:
		o.Status = "paid"
	case 2, 3:
		at := stamp(a.state.now())
		o.Status, o.ShippedAt = "shipped", &at
		number := fmt.Sprintf("JD%012d", n*7919)
		o.Tracking = &tracking{"postline", number, "https://track.postline.example/t/" + number}
	}
}

// ofOrder returns a handler for the caller's order that the path names.
func (a *API) ofOrder(h func(*http.Request, *order) (reply, error)) handler {
	return func(r *http.Request) (reply, error) {
		id := strings.ToLower(r.PathValue("order_id"))
		i := slices.IndexFunc(a.state.orders, func(o *order) bool { return o.ID == id })
		switch {
		case i < 0:
			return reply{}, notFound("order", id)
		case a.state.orders[i].AccountID != caller(r).ID:
			return reply{}, fail(http.StatusForbidden, "forbidden", "this order is somebody else's")
		}
		return h(r, a.state.orders[i])
	}
}

func (a *API) order(r *http.Request, o *order) (reply, error) {
	return ok(o)
}

func (a *API) deleteOrder(r *http.Request, o *order) (reply, error) {
	if o.Status == "shipped" {
		return reply{}, fail(http.StatusConflict, "already_shipped", "order %s is on its way", o.Number)
	}
	a.state.orders = slices.DeleteFunc(a.state.orders, func(x *order) bool { return x == o })
	a.state.touch()
	return noContent()
}

func (a *API) orderItems(r *http.Request, o *order) (reply, error) {
	return ok(o.Items)
}

func (a *API) orderItem(r *http.Request, o *order) (reply, error) {
	line, err := strconv.Atoi(r.PathValue("line"))
	if err != nil || line < 1 || line > len(o.Items) {
		return reply{}, notFound("line", r.PathValue("line"))
	}
	return ok(o.Items[line-1])
}

func (a *API) cancelOrder(r *http.Request, o *order) (reply, error) {
	var in struct {
		Reason string `json:"reason"`
	}
	if err := decode(r, &in); err != nil {
		return reply{}, err
	}
	if o.Status == "shipped" || o.Status == "cancelled" {
		return reply{}, fail(http.StatusConflict, "not_cancellable", "order %s is %s", o.Number, o.Status)
	}
	o.Status = "cancelled"
	a.state.touch()
	return ok(o)
}

func (a *API) coupon(r *http.Request) (reply, error) {
	for _, c := range a.state.coupons {
		if c.Code == r.PathValue("code") {
			return ok(c)
		}
	}
	return reply{}, notFound("coupon", r.PathValue("code"))
}
