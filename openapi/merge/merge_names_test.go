package merge_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/internal/openapitest"
	"github.com/spectap/spectap/openapi/lint"
	"github.com/spectap/spectap/openapi/merge"
)

const listOfOrders = `openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: https://api.example.com/v1}]
paths:
  /orders:
    get:
      operationId: list_orders
      responses:
        "200":
          description: OK
          links:
`

// A document that was exported, after which a person renamed the parameter order_id to id, the
// operation get_order to fetchOrder, and nothing else.
const renamedByHand = listOfOrders + `            # the first order
            get_order:
              operationId: get_order
              parameters:
                order_id: $response.body#/0/id
            by_hand: {operationId: get_order, parameters: {order_id: $response.body#/2/id}}
  /orders/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
    get:
      operationId: fetchOrder
      responses:
        "200":
          description: OK
          links:
            list_refunds: {operationId: list_refunds, parameters: {order_id: $request.path.order_id, path.order_id: 'x{$request.path.order_id}y'}}
  /orders/{id}/refunds:
    get:
      operationId: list_refunds
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
      responses: {"200": {description: OK}}
`

// What traffic shows, with the names of inference.
const inferredNames = listOfOrders + `            cancel_order: {operationId: cancel_order, parameters: {order_id: $response.body#/1/id}}
            get_order: {operationId: get_order, parameters: {order_id: $response.body#/0/id}}
  /orders/{order_id}:
    get:
      operationId: get_order
      parameters: [{name: order_id, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: OK
          links:
            list_items: {operationId: list_items, parameters: {order_id: $request.path.order_id}}
    delete:
      operationId: cancel_order
      parameters: [{name: order_id, in: path, required: true, schema: {type: string}}, {name: id, in: query, schema: {type: string}}]
      responses:
        "200":
          description: OK
          links:
            get_order: {operationId: get_order, parameters: {order_id: $request.path.order_id}}
  /orders/{order_id}/items:
    get:
      operationId: list_items
      parameters: [{name: order_id, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: OK
          links:
            get_item: {operationId: get_item, parameters: {order_id: $request.path.order_id, item_id: $response.body#/0/id}}
  /orders/{order_id}/items/{item_id}:
    get:
      operationId: get_item
      parameters: [{name: order_id, in: path, required: true, schema: {type: string}}, {name: item_id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: OK}}
  /orders/{order_id}/notes/{id}:
    get:
      operationId: get_note
      parameters: [{name: order_id, in: path, required: true, schema: {type: string}}, {name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: OK}}
`

// TestMergeFollowsNames merges into a document in which a person renamed a path parameter and an
// operation. All that refers to them has the new names.
func TestMergeFollowsNames(t *testing.T) {
	doc := openapitest.Must(openapi.Load([]byte(inferredNames)))
	r := openapitest.Must(merge.Merge([]byte(renamedByHand), doc, nil))
	text := string(r.Text)
	merged, err := openapi.Load(r.Text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	link := func(path, method, name string) (string, map[string]any) {
		item := merged.Paths.Value(path)
		if item == nil {
			t.Fatalf("no path %s\n%s", path, text)
		}
		l := item.GetOperation(method).Responses.Value("200").Value.Links[name]
		if l == nil {
			t.Fatalf("no link %s in %s %s\n%s", name, method, path, text)
		}
		return l.Value.OperationID, l.Value.Parameters
	}
	for _, tt := range []struct {
		path, method, link, operation string
		parameters                    map[string]any
	}{
		{"/orders", "GET", "get_order", "fetchOrder", map[string]any{"id": "$response.body#/0/id"}},
		{"/orders", "GET", "by_hand", "fetchOrder", map[string]any{"id": "$response.body#/2/id"}},
		{"/orders", "GET", "cancel_order", "cancel_order", map[string]any{"id": "$response.body#/1/id"}},
		{"/orders/{id}", "GET", "list_refunds", "list_refunds", map[string]any{"order_id": "$request.path.id", "path.order_id": "x{$request.path.id}y"}},
		{"/orders/{id}", "GET", "list_items", "list_items", map[string]any{"id": "$request.path.id"}},
		{"/orders/{id}", "DELETE", "get_order", "fetchOrder", map[string]any{"id": "$request.path.id"}},
		{"/orders/{id}/items", "GET", "get_item", "get_item", map[string]any{"id": "$request.path.id", "item_id": "$response.body#/0/id"}},
	} {
		operation, parameters := link(tt.path, tt.method, tt.link)
		if operation != tt.operation {
			t.Errorf("link %s of %s %s leads to %s, want %s", tt.link, tt.method, tt.path, operation, tt.operation)
		}
		for k, v := range tt.parameters {
			if parameters[k] != v || len(parameters) != len(tt.parameters) {
				t.Errorf("link %s of %s %s has parameters %v, want %v", tt.link, tt.method, tt.path, parameters, tt.parameters)
			}
		}
	}
	for _, path := range []string{"/orders/{id}/items/{item_id}", "/orders/{order_id}/notes/{id}"} { // else it would have two of one name
		if merged.Paths.Value(path) == nil {
			t.Errorf("no path %s\n%s", path, text)
		}
	}
	if !strings.Contains(text, "            # the first order\n            get_order:\n              operationId: fetchOrder\n              parameters:\n                id: $response.body#/0/id\n") {
		t.Errorf("the link was not changed in place:\n%s", text)
	}
	want := merge.Unplaced{What: "parameter order_id of /orders/{order_id}/notes/{id}", Reason: "it keeps this name: the path has two parameters id"}
	if !slices.Contains(r.Unplaced, want) {
		t.Errorf("unplaced: %+v", r.Unplaced)
	}
	report, err := lint.Check(context.Background(), r.Text, lint.Config{ErrorsOnly: true})
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("%v %+v\n%s", err, report, text)
	}
	again, err := into(r.Text, doc)
	if err != nil || !bytes.Equal(again, r.Text) {
		t.Errorf("%v; a second merge changes\n%s\nto\n%s", err, r.Text, again)
	}
}

// TestMergeListsUnplaced merges what has no place in the document.
func TestMergeListsUnplaced(t *testing.T) {
	const head = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: https://api.example.com}]\npaths:\n  /a/{id}:\n    get:\n      operationId: a\n" +
		"      parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n      responses:\n        '200':\n          description: OK\n          content:\n            application/json:\n              schema: "
	for _, tt := range []struct {
		name, existing, inferred string
		want                     []merge.Unplaced
	}{
		{"type", "{type: string}", "{type: object, properties: {n: {type: integer}}}", []merge.Unplaced{
			{"GET /a/{id}, response 200, application/json", "type object", "the schema has type string"}}},
		{"type of a property", "{type: object, properties: {n: {type: string}}}", "{type: object, properties: {n: {type: integer}, m: {type: integer}}}", []merge.Unplaced{
			{"GET /a/{id}, response 200, application/json, property n", "type integer", "the schema has type string"}}},
		{"one of two types", "{type: object, properties: {n: {type: string}}}", "{type: object, properties: {n: {type: [integer, string]}}}", []merge.Unplaced{
			{"GET /a/{id}, response 200, application/json, property n", "type integer", "the schema has type string"}}},
		{"property of alternatives", "{oneOf: [{type: string}, {type: object}]}", "{type: object, properties: {n: {type: integer}}}", []merge.Unplaced{
			{"GET /a/{id}, response 200, application/json", "property n", "the schema is no object: it has oneOf"}}},
		{"closed map", "{type: object, additionalProperties: false}", "{type: object, additionalProperties: {type: string}}", []merge.Unplaced{
			{"GET /a/{id}, response 200, application/json", "further properties", "additionalProperties is false"}}},
		{"element", "{type: array, items: {type: string}}", "{type: array, items: {type: integer}}", []merge.Unplaced{
			{"GET /a/{id}, response 200, application/json, element", "type integer", "the schema has type string"}}},
		{"nothing", "{type: object, properties: {n: {type: number}}}", "{type: object, properties: {n: {type: integer}, m: {type: string}}}", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := openapitest.Must(openapi.Load([]byte(head + tt.inferred)))
			r, err := merge.Merge([]byte(head+tt.existing), doc, nil)
			if err != nil || !slices.Equal(r.Unplaced, tt.want) {
				t.Errorf("%v: unplaced %+v, want %+v\n%s", err, r.Unplaced, tt.want, r.Text)
			}
		})
	}
}
