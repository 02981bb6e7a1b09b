package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/rules"
	"github.com/spectap/spectap/store"
)

// ruleChanger implements [capture.Changer] with the current rules. Their patterns see URLs and
// bodies as an agent sees them, so that their effects reveal nothing about secrets.
type ruleChanger struct {
	live *rules.Live
	red  *redact.Redactor
}

// Idle implements [capture.Changer].
func (x ruleChanger) Idle() bool { return x.live.IsEmpty() }

// Change implements [capture.Changer].
func (x ruleChanger) Change(method, url string) *capture.Change {
	live := x.live
	plan := live.Match(method, x.red.URL(url))
	if plan == nil {
		return nil
	}
	c := &capture.Change{
		Request:  func(h http.Header) bool { return live.SetHeader(&plan.Request, h) },
		Response: func(h http.Header) bool { return live.SetHeader(&plan.Response, h) },
		MaxBody:  rules.MaxBody,
		Skipped:  live.CountSkipped,
	}
	if plan.Blocked != "" {
		live.CountApplied()
		c.Refuse = "blocked by the rule " + plan.Blocked
	}
	if plan.Withheld != "" {
		live.CountApplied()
		c.Withhold = "the response was withheld by the rule " + plan.Withheld
	}
	if plan.Request.HasBodies() {
		c.RequestBody = func(h http.Header, body []byte) ([]byte, bool) { return live.Body(&plan.Request, h, body, x.red) }
	}
	if plan.Response.HasBodies() {
		c.ResponseBody = func(h http.Header, body []byte) ([]byte, bool) { return live.Body(&plan.Response, h, body, x.red) }
	}
	return c
}

// tapRules holds the rules of a tap. They are saved in its store.
type tapRules struct {
	live rules.Live
	log  *slog.Logger

	mu   sync.Mutex // makes loading and setting atomic; guards last
	last []byte     // encoding of the rules in live
}

// load replaces the rules by those of the store. Invalid rules are logged and do not stop traffic.
func (t *tapRules) load(ctx context.Context, st store.Models) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reload(ctx, st)
}

// reload is load for callers that hold mu.
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

// rulesInterval is the time between checks for changed rules, for a tap that does not own its
// store.
const rulesInterval = time.Second

// follow loads changed rules from a store that another process owns, until ctx is done or that
// process ends. The last rules stay in force then.
func (t *tapRules) follow(ctx context.Context, st store.Models) {
	tick := time.NewTicker(rulesInterval)
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
				t.log.Warn("following changes of rules has ended", "err", err)
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

// save saves the rules in the store and loads them.
func (t *tapRules) save(ctx context.Context, st store.Models, data []byte, basis store.Basis) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := st.SaveModel(ctx, rules.ModelName, data, basis); err != nil {
		return err
	}
	t.reload(ctx, st)
	return nil
}
