package demo

import (
	"net/http"
	"slices"
	"strconv"
)

type cart struct {
	Items []cartItem `json:"items"`
	Total money      `json:"total"`
}

type cartItem struct {
	ID        int64  `json:"id"`
	Slug      string `json:"product_slug"`
	Quantity  int    `json:"quantity"`
	UnitPrice money  `json:"unit_price"`
	GiftWrap  bool   `json:"gift_wrap"`
	cents     int64
}

// cartOf returns the caller's cart, and creates it if there is none.
func (a *API) cartOf(r *http.Request) *cart {
	id := caller(r).ID
	if a.state.carts[id] == nil {
		a.state.carts[id] = &cart{Items: []cartItem{}, Total: euros(0)}
	}
	return a.state.carts[id]
}

func (c *cart) add() cart {
	sum := int64(0)
	for _, it := range c.Items {
		sum += it.cents * int64(it.Quantity)
	}
	c.Total = euros(sum)
	return cart{slices.Clone(c.Items), c.Total}
}

func (a *API) cart(r *http.Request) (reply, error) { return ok(a.cartOf(r).add()) }

func (a *API) addCartItem(r *http.Request) (reply, error) {
	var in struct {
		Slug     string `json:"product_slug"`
		Quantity int    `json:"quantity"`
		GiftWrap bool   `json:"gift_wrap"`
	}
	if err := decode(r, &in); err != nil {
		return reply{}, err
	}
	if in.Quantity < 1 || in.Quantity > 99 {
		return reply{}, invalid("quantity", "must be from 1 to 99")
	}
	p := a.state.product(in.Slug)
	if p == nil {
		return reply{}, invalid("product_slug", "is not a product")
	}
	if p.inStock() < in.Quantity {
		return reply{}, fail(http.StatusConflict, "out_of_stock", "only %d of %s are left", p.inStock(), p.Slug)
	}
	c := a.cartOf(r)
	it := cartItem{7000 + a.state.next("cart item"), p.Slug, in.Quantity, p.Price, in.GiftWrap, p.cents}
	c.Items = append(c.Items, it)
	a.state.touch()
	return created("/api/v1/cart/items/"+strconv.FormatInt(it.ID, 10), it)
}

// cartItem returns the item in the path.
func (a *API) cartItem(r *http.Request) (*cart, int, error) {
	c := a.cartOf(r)
	id := r.PathValue("item_id")
	i := slices.IndexFunc(c.Items, func(it cartItem) bool { return strconv.FormatInt(it.ID, 10) == id })
	if i < 0 {
		return nil, 0, notFound("cart item", id)
	}
	return c, i, nil
}

func (a *API) patchCartItem(r *http.Request) (reply, error) {
	c, i, err := a.cartItem(r)
	if err != nil {
		return reply{}, err
	}
	var in struct {
		Quantity *int  `json:"quantity"`
		GiftWrap *bool `json:"gift_wrap"`
	}
	if err := decode(r, &in); err != nil {
		return reply{}, err
	}
	if in.Quantity != nil {
		if *in.Quantity < 1 || *in.Quantity > 99 {
			return reply{}, invalid("quantity", "must be from 1 to 99")
		}
		c.Items[i].Quantity = *in.Quantity
	}
	if in.GiftWrap != nil {
		c.Items[i].GiftWrap = *in.GiftWrap
	}
	a.state.touch()
	return ok(c.Items[i])
}

func (a *API) deleteCartItem(r *http.Request) (reply, error) {
	c, i, err := a.cartItem(r)
	if err != nil {
		return reply{}, err
	}
	c.Items = slices.Delete(c.Items, i, i+1)
	a.state.touch()
	return noContent()
}
