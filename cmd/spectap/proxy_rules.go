package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

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

	mu   sync.Mutex // makes reading and setting one step; guards last
	last []byte     // what live was set from
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
		t.last = data
		err = t.live.Load(data)
	}
	if err != nil {
		t.log.Warn("some rules are not used", "err", err)
	}
}

// followRules is how often a tap that records through the owner of its store looks for changed rules.
const followRules = time.Second

// follow has the tap use the rules of a store that another process has, as they change, until ctx is done or that
// process is gone: then those that it had last stay in force.
func (t *tapRules) follow(ctx context.Context, st store.Models) {
	tick := time.NewTicker(followRules)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		data, _, err := st.LoadModel(ctx, rules.ModelName)
		if err != nil {
			if ctx.Err() == nil {
				t.log.Warn("changes of rules are not heard of any more", "err", err)
			}
			return
		}
		t.mu.Lock()
		if !bytes.Equal(data, t.last) {
			t.reload(ctx, st)
		}
		t.mu.Unlock()
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
