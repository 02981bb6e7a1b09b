package main

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/rules"
	"github.com/spectap/spectap/store"
)

// ruleChanger has a proxy apply the rules that live holds.
type ruleChanger struct{ live *rules.Live }

// Idle implements capture.Changer.
func (x ruleChanger) Idle() bool { return x.live.Idle() }

// Change implements capture.Changer.
func (x ruleChanger) Change(method, url string) *capture.Change {
	live := x.live
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

// tapRules are the rules that a tap uses, as its store keeps them.
type tapRules struct {
	live rules.Live
	log  *slog.Logger

	mu sync.Mutex // makes reading and setting one step
}

// load has the tap use the rules that its store keeps. Those that cannot be used are told of: traffic goes on.
func (t *tapRules) load(ctx context.Context, st store.Models) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reload(ctx, st)
}

// reload is load for those who hold mu.
func (t *tapRules) reload(ctx context.Context, st store.Models) {
	data, _, err := st.LoadModel(ctx, rules.ModelName)
	if err == nil {
		err = t.live.Load(data)
	}
	if err != nil {
		t.log.Warn("some rules are not used", "err", err)
	}
}

// save keeps rules, and uses them.
func (t *tapRules) save(ctx context.Context, st store.Models, data []byte, rests store.Basis) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := st.SaveModel(ctx, rules.ModelName, data, rests); err != nil {
		return err
	}
	t.reload(ctx, st)
	return nil
}
