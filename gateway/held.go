package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
	"github.com/spectap/spectap/mcp/subject"
)

// hold is a call of the client that waits for a person.
type hold struct {
	key    unsentKey
	cancel context.CancelCauseFunc
}

// maxHolds bounds the calls of a client that wait for a person. Others are answered as pending at
// once.
const maxHolds = 100

// fromClientHeld judges and forwards a call that may need a person's approval. It waits for it.
func (r *Relay) fromClientHeld(ctx context.Context, p jsonrpc.Packet, s enforce.Subject, annotations map[string]any) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var said *reply
	p.Message, said = takeReply(p.Message)
	var h enforce.Holding
	sent, beside := shown(p.Message)
	h.Sent, h.Effect, h.Once = sent.Params, beside, beside != ""
	sends := r.credentialsOf(p)
	for _, name := range r.tells.Headers {
		if v := sends.Get(name); v != "" {
			h.Secrets = append(h.Secrets, guard.Secret{Scheme: "the header " + name + " of the caller", Value: v})
		}
	}
	if !r.holdOn(p, cancel) {
		h.Wait = time.Nanosecond
	}
	defer r.letGo(p)
	if r.pins.book != nil {
		definition, name := "", s.Names[0]
		if s.Inner != nil {
			name = s.Inner.Name
		}
		h.Definition = func() string {
			definition = r.definition(ctx, p.Params, name)
			return definition
		}
		h.Recheck = func() string {
			p.Start = r.start()
			switch judged := r.quarantine(ctx, p.Message); {
			case judged.How == enforce.Unknown:
				return "the server no longer lists the tool"
			case judged.How != s.How:
				return judged.Why
			}
			if r.definition(ctx, p.Params, name) != definition {
				return "the definition of the tool has changed since the call was held: make it again"
			}
			return ""
		}
	}
	h.Caller = enforce.Asker{Ask: r.asker(p), Answer: replier(p.Message, said)}
	h.Note = subject.Waiting(p.Params, func(note *jsonrpc.Message) { r.sendDown(note, p.Via) })
	m := r.message(enforce.ToServer, p.Message, s, annotations)
	m.From.Client = r.clientOf(p.Message)
	v := r.guard.JudgeHeld(ctx, m, h)
	switch {
	case ctx.Err() != nil && context.Cause(ctx) != errEnding: // the client expects no answer
		if v.Allowed {
			r.guard.Outcome(v, enforce.Cancelled, 0)
		}
		if p.Via != nil {
			p.Via.End()
		}
	case v.Pending != "" && p.IsRequest():
		r.sendDown(pendingAnswer(p, v), p.Via)
	default:
		if v.IsApproved() {
			p.Message = sent
		}
		r.pass(ctx, p, s, v)
	}
}

// clientOf returns the name that the client of a call gives itself: in the call, or in its
// initialize.
func (r *Relay) clientOf(m *jsonrpc.Message) string {
	client := rawjson.At(m.Params, "_meta", jsonrpc.MetaClient)
	if client == nil {
		client = rawjson.At(get(&r.mu, &r.hello), "clientInfo")
	}
	return rawjson.String(rawjson.At(client, "name"))
}

// definition returns the hash of the server's current definition of a tool or operation.
func (r *Relay) definition(ctx context.Context, like jsontext.Value, name string) string {
	list, _, err := r.fresh(ctx, "tools/list", like)
	if err != nil {
		return ""
	}
	for _, e := range list {
		if e.Name == name {
			hash, _ := pin.Hash(e.JSON) // a definition without a hash is quarantined
			return hash
		}
	}
	return ""
}

// holdOn records a call that waits. It reports false if too many do.
func (r *Relay) holdOn(p jsonrpc.Packet, cancel context.CancelCauseFunc) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ending || len(r.holds) >= maxHolds {
		return false
	}
	if r.holds == nil {
		r.holds = map[*jsonrpc.Message]hold{}
	}
	r.holds[p.Message] = hold{unsentKey{p.Via, jsonrpc.Key(p.ID)}, cancel}
	return true
}

func (r *Relay) letGo(p jsonrpc.Packet) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.holds, p.Message)
}

// errEnding ends the wait of calls when the client has ended its side of the connection.
var errEnding = errors.New("the client sends nothing more")

// endHolds answers the calls that wait as pending.
func (r *Relay) endHolds() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range r.holds {
		h.cancel(errEnding)
	}
	r.ending = true
}
