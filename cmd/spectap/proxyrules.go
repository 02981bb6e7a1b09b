package main

import (
	"context"
	"net/http"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/rules"
	"github.com/spectap/spectap/store"
)

// applyRules has a proxy apply the rules that live holds.
func applyRules(live *rules.Live) func(string, func() string) *capture.Change {
	return func(method string, url func() string) *capture.Change {
		plan := live.Match(method, url)
		if plan == nil {
			return nil
		}
		c := &capture.Change{
			Request:  func(h http.Header) { live.SetHeader(&plan.Request, h) },
			Response: func(h http.Header) { live.SetHeader(&plan.Response, h) },
			MaxBody:  rules.MaxBody,
			Skipped:  live.Skip,
		}
		if plan.Blocked != "" {
			live.Applied()
			c.Refuse = "blocked by the rule " + plan.Blocked
		}
		if plan.Withheld != "" {
			live.Applied()
			c.Withhold = "the answer was withheld by the rule " + plan.Withheld
		}
		if plan.Request.Bodies() {
			c.RequestBody = func(h http.Header, body []byte) ([]byte, bool) { return live.Body(&plan.Request, h, body) }
		}
		if plan.Response.Bodies() {
			c.ResponseBody = func(h http.Header, body []byte) ([]byte, bool) { return live.Body(&plan.Response, h, body) }
		}
		return c
	}
}

// loadRules has the tap use the rules that its store keeps. Those that cannot be used are told of: traffic goes on.
func (t *tap) loadRules(ctx context.Context, st store.Models) {
	t.loading.Lock() // who reads last sets last
	defer t.loading.Unlock()
	data, _, err := st.LoadModel(ctx, rules.ModelName)
	if err == nil {
		err = t.rules.Load(data)
	}
	if err != nil {
		t.log.Warn("some rules are not used", "err", err)
	}
}
