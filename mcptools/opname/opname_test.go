package opname_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcptools/opname"
	"github.com/spectap/spectap/openapi"
)

const document = `{"openapi":"3.1.0","info":{"title":"Shop","version":"1"},
"servers":[{"url":"https://shop.example/api/v2"}],
"paths":{
  "/orders":{"get":{"operationId":"listOrders","responses":{"200":{"description":"ok"}}},
             "post":{"operationId":"orders/create","responses":{"201":{"description":"ok"}}}},
  "/orders/{id}":{"get":{"operationId":"getOrder",
    "parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],
    "responses":{"200":{"description":"ok"}}}},
  "/orders/latest":{"get":{"operationId":"getLatest","responses":{"200":{"description":"ok"}}}},
  "/graphql#Me":{"post":{"operationId":"me","responses":{"200":{"description":"ok"}}}},
  "/graphql#You":{"post":{"operationId":"you","responses":{"200":{"description":"ok"}}}}}}`

func TestSelect(t *testing.T) {
	doc := must.Get(openapi.Load([]byte(document)))
	operations := []opname.Operation{
		{"GET", "/orders", []string{"list_orders", "listOrders"}},
		{"POST", "/orders", []string{"orders_create", "orders/create"}},
		{"GET", "/orders/{id}", []string{"getOrder"}},
		{"GET", "/orders/latest", []string{"getLatest"}},
		{"POST", "/graphql#Me", []string{"me"}},
		{"POST", "/graphql#You", []string{"you"}},
	}
	for _, c := range []struct {
		name string
		want []int
	}{
		{"GET /orders", []int{0}},
		{"get /orders", []int{0}},
		{"/orders", []int{0, 1}},
		{"POST /orders orders/create body:Order -> 201:Order n=3", []int{1}},
		{"GET /orders/{order_id}", []int{2}},
		{"/orders/{order_id:int}", []int{2}},
		{"GET /orders/17", []int{2}},
		{"/orders/17?expand=items", []int{2}},
		{"/orders/17/", []int{2}},
		{"/orders/latest", []int{3}},
		{"GET https://shop.example/api/v2/orders/17?expand=items", []int{2}},
		{"https://SHOP.example/api/v2/orders/17#top", []int{2}},
		{"https://localhost:8080/orders/17", []int{2}},
		{"https://shop.example/api/v2/orders/{id}", []int{2}},
		{"/api/v2/orders", []int{0, 1}},
		{"/api/v2/orders/{x}", []int{2}},
		{"getOrder", []int{2}},
		{"GETORDER", []int{2}},
		{"get_order", []int{2}},
		{"GET getOrder", []int{2}},
		{"POST getOrder", nil},
		{"list-orders", []int{0}},
		{"Orders/Create", []int{1}},
		{"POST /graphql#Me", []int{4}},
		{"https://shop.example/api/v2/graphql#You", []int{5}},
		{"/users", nil},
		{"DELETE /orders", nil},
		{"DELETE", nil},
		{"https://shop.example", nil},
		{"", nil},
	} {
		if got := opname.Select(doc, nil, operations, opname.Parse(c.name)); !slices.Equal(got, c.want) {
			t.Errorf("%q selects %v, want %v", c.name, got, c.want)
		}
	}
	if got := opname.Similar(operations, opname.Parse("PUT /v9/orders/latest")); len(got) != 1 || !strings.Contains(got[0], "getLatest") {
		t.Errorf("similar: %v", got)
	}
	for name, want := range map[string]string{
		"GET /ordrs/17":           "GET /orders/{id} getOrder",
		"/api/v2/orders/latst":    "GET /orders/latest getLatest",
		"getOrdr":                 "GET /orders/{id} getOrder",
		"POST /Order":             "POST /orders orders_create orders/create",
		"DELETE /orders/17":       "GET /orders/{id} getOrder", // another method
		"GET /orders/17/payments": "GET /orders/{id} getOrder", // words
	} {
		if got := opname.Similar(operations, opname.Parse(name)); len(got) == 0 || got[0] != want {
			t.Errorf("%s: similar: %q", name, got)
		}
	}
	if got := opname.Similar(operations, opname.Parse("POST /order")); len(got) == 0 || !strings.HasPrefix(got[0], "POST /orders") {
		t.Errorf("similar: %v", got)
	}
}
