package route

import "testing"

func TestProducers(t *testing.T) {
	tree := newTestTree()
	for _, e := range parseRequests(t, `
POST /orders 201 {"id":"ord_1a2b3c4d5e","customer":{"id":"cus_9z8y7x6w5v"}}
POST /orders 201 {"id":"ord_2b3c4d5e6f"}
GET /orders 200 {"data":[{"id":"ord_1a2b3c4d5e"}]}
GET /orders/ord_1a2b3c4d5e 200 {"id":"ord_1a2b3c4d5e"}
DELETE /orders/ord_2b3c4d5e6f 204
GET /customers/cus_9z8y7x6w5v 200 {"name":"Ann"}
`) {
		add(tree, e)
	}
	templates := tree.Templates(Options{})
	x := Match(templates, "/orders/ord_1a2b3c4d5e")
	if x == nil || len(x.Params()) != 1 {
		t.Fatalf("no template with one parameter: %v", x)
	}
	got := x.Params()[0].Producers
	want := []Producer{{"POST", "/orders", "id", 2}, {"GET", x.String(), "id", 1}}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("sources %+v, want %+v", got, want)
	}
	if c := Match(templates, "/customers/cus_9z8y7x6w5v"); len(c.Params()[0].Producers) != 0 {
		t.Errorf("a nested id is no source to link from: %+v", c.Params()[0].Producers)
	}
}
