package main

import (
	"strings"
	"testing"
)

// TestMounts checks which values --mount takes, and what is proposed for others.
func TestMounts(t *testing.T) {
	for value, want := range map[string]mount{
		"/a=api.yaml":                         {base: "/a", spec: "api.yaml"},
		"/a:api.yaml":                         {base: "/a", spec: "api.yaml"},
		"/a/b/=api.yaml":                      {base: "/a/b", spec: "api.yaml"},
		"/a=api.yaml,https://a.example/v1":    {base: "/a", spec: "api.yaml", baseURL: "https://a.example/v1"},
		"/a=one,two.yaml":                     {base: "/a", spec: "one,two.yaml"},
		"/a=https://a.example/openapi.json":   {base: "/a", spec: "https://a.example/openapi.json"},
		"/a=http://x.example/y,http://a.test": {base: "/a", spec: "http://x.example/y", baseURL: "http://a.test"},
	} {
		got, err := parseMounts([]string{value})
		if err != nil || len(got) != 1 || got[0].base != want.base || got[0].spec != want.spec || got[0].baseURL != want.baseURL {
			t.Errorf("%s: %+v, %v", value, got, err)
		}
	}
	for value, want := range map[string]string{
		"api.yaml":     "must be /base=SPEC",
		"api=api.yaml": "must be /base=SPEC", // no slash
		"/=api.yaml":   "must be /base=SPEC", // no name
		"=api.yaml":    "must be /base=SPEC",
		"/api":         "must be /base=SPEC",
		"/api=":        "must be /base=SPEC",
		"//=api.yaml":  "must not contain",
		"/{a}=x.yaml":  "must not contain",
	} {
		if got, err := parseMounts([]string{value}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v", value, got, err)
		}
	}
	if _, err := parseMounts([]string{"/a=x.yaml", "/a/=y.yaml"}); err == nil || !strings.Contains(err.Error(), "another document has this path") {
		t.Errorf("the same path twice: %v", err)
	}
	for value, want := range map[string]string{
		"shop.yaml": "/shop=shop.yaml", "docs/shop.v2.json,https://a.example": "/shop.v2=docs/shop.v2.json,https://a.example",
		"shop=x.yaml": "/shop=x.yaml", "=x.yaml": "/api=x.yaml", "/shop=": "/shop=api.yaml",
	} {
		if got := meantMount(value); got != want {
			t.Errorf("%s: proposed %s, want %s", value, got, want)
		}
	}
}
