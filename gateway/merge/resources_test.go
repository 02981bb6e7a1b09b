package merge

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/internal/gatewaytest"
)

// TestClaims notes which servers list a resource, and says once that two do. Tools and prompts,
// which have a name for each server, are no resources.
func TestClaims(t *testing.T) {
	var log strings.Builder
	guard := gatewaytest.New(t, mergedPolicy, nil).Guard
	g := New([]gateway.Server{{Name: "a", Guard: guard}, {Name: "b", Guard: guard}, {Name: "c", Guard: guard, Resources: []string{"mine:*"}}},
		nil, "", script{got: make(chan string, 10)}, slog.New(slog.NewTextHandler(&log, nil)))
	claim := func(leg int, method string, answered bool, elements ...string) {
		var list []jsontext.Value
		for _, e := range elements {
			list = append(list, jsontext.Value(e))
		}
		g.claim(g.legs[leg], method, list, answered)
	}
	for leg := range 2 {
		claim(leg, "tools/list", true, `{"name":"x"}`)
		claim(leg, "prompts/list", true, `{"name":"x"}`)
	}
	if len(g.claims) > 0 || g.legs[0].listed || log.Len() > 0 {
		t.Fatalf("%v are resources, %s", g.claims, &log)
	}
	claim(0, "resources/list", false)
	if g.legs[0].listed {
		t.Error("a server that did not answer counts as asked")
	}
	claim(0, "resources/list", true, `{"uri":"x:1"}`, `{"uri":""}`, `7`, `{"uri":"mine:1"}`, `{"uri":"x:1"}`)
	if !g.legs[0].listed || len(g.claims) != 1 || !g.isOf(g.legs[0], "x:1") || g.isOf(g.legs[1], "x:1") || log.Len() > 0 {
		t.Errorf("%v, %s", g.claims, &log)
	}
	claim(2, "resources/list", true, `{"uri":"mine:1"}`, `{"uri":"x:2"}`)
	if len(g.claims) != 2 || !g.isOf(g.legs[2], "mine:1") {
		t.Errorf("with configured resources, %v", g.claims)
	}
	for range 2 {
		claim(1, "resources/list", true, `{"uri":"x:1"}`)
		claim(2, "resources/templates/list", true, `{"uriTemplate":"x:1"}`)
	}
	if g.isOf(g.legs[0], "x:1") || g.isOf(g.legs[1], "x:1") || strings.Count(log.String(), "two servers have the same resource") != 1 ||
		!strings.Contains(log.String(), "uri=x:1 first=a second=b") {
		t.Errorf("%v, %s", g.claims, &log)
	}
}

// TestClaimsAreBounded notes no new resources beyond a bound.
func TestClaimsAreBounded(t *testing.T) {
	guard := gatewaytest.New(t, mergedPolicy, nil).Guard
	g := New([]gateway.Server{{Name: "a", Guard: guard}}, nil, "", script{got: make(chan string, 10)}, slog.New(slog.DiscardHandler))
	for i := range maxClaims - 1 {
		g.claims[fmt.Sprint("x:", i)] = claim{leg: g.legs[0]}
	}
	for i, want := range []bool{true, false} {
		uri := fmt.Sprint("y:", i)
		g.claim(g.legs[0], "resources/list", []jsontext.Value{jsontext.Value(`{"uri":"` + uri + `"}`)}, true)
		if g.isOf(g.legs[0], uri) != want {
			t.Errorf("%s is noted: %t", uri, !want)
		}
	}
}
