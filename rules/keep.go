package rules

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/store"
)

// Read returns the saved rules in the order in which they apply. Unreadable rules are an error, so
// that they are not overwritten by accident.
func Read(ctx context.Context, st store.Models) ([]Rule, error) {
	data, _, err := st.LoadModel(ctx, ModelName)
	if err != nil {
		return nil, err
	}
	return parseSaved(data)
}

func parseSaved(data []byte) ([]Rule, error) {
	list, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("the saved rules cannot be read: %w", err)
	}
	return list, nil
}

// Save replaces the saved rules by the result of change, again if another process changed them
// meanwhile. If change fails, they stay. A nil result removes all rules, including unreadable ones;
// any other change fails while a rule is unreadable. A proxy that serves the store applies the
// rules before Save returns, and other proxies of the store a second later.
func Save(ctx context.Context, st store.Models, change func([]Rule) ([]Rule, error)) error {
	for {
		err := trySave(ctx, st, change)
		if !errors.Is(err, store.ErrOutdated) {
			return err
		}
	}
}

func trySave(ctx context.Context, st store.Models, change func([]Rule) ([]Rule, error)) error {
	data, basis, err := st.LoadModel(ctx, ModelName)
	if err != nil {
		return err
	}
	list, unreadable := parseSaved(data)
	if list, err = change(list); err != nil {
		return err
	}
	if unreadable != nil && list != nil {
		return unreadable
	}
	if data, err = Encode(list); err != nil {
		return err
	}
	return st.SaveModel(ctx, ModelName, data, store.Basis{Revision: basis.Revision})
}

// ErrNoProxy means that no proxy serves the store.
var ErrNoProxy = errors.New("no proxy records to this store now")

// ReadState returns the state of the rules in the proxy that serves the store. The error is
// [ErrNoProxy] without such a proxy.
func ReadState(ctx context.Context, st store.Models) (s State, err error) {
	return s, readLive(ctx, st, StateName, &s)
}

// ReadHeld returns a held message.
func ReadHeld(ctx context.Context, st store.Models, id int) (h Held, err error) {
	return h, readLive(ctx, st, StateName+"."+strconv.Itoa(id), &h)
}

func readLive(ctx context.Context, st store.Models, name string, v any) error {
	data, _, err := st.LoadModel(ctx, name)
	switch {
	case err != nil:
		return err
	case len(data) == 0:
		return ErrNoProxy
	}
	return json.Unmarshal(data, v)
}

// Decide decides on a held message. The error describes the mistake in an edited text.
func Decide(ctx context.Context, st store.Models, d Decision) error {
	if _, err := ReadState(ctx, st); err != nil {
		return err
	}
	data, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return st.SaveModel(ctx, DecisionName, data, store.Basis{})
}

// Switch returns a copy of list in which the rules with these IDs are on or off; without IDs, all
// are. They are rules of a person then. unknown is an ID that no rule has.
func Switch(list []Rule, off bool, ids ...string) (out []Rule, unknown string) {
	out = append([]Rule{}, list...)
	for _, id := range ids {
		if index(list, id) < 0 {
			return list, id
		}
	}
	for i := range out {
		if len(ids) == 0 || slices.Contains(ids, out[i].ID) {
			out[i].Off, out[i].ByAgent = off, false
		}
	}
	return out, ""
}

// FreeID returns an ID for a new rule of an action.
func FreeID(list []Rule, action string) string {
	for n := 1; ; n++ {
		if id := strings.ReplaceAll(action, "_", "-") + "-" + strconv.Itoa(n); index(list, id) < 0 {
			return id
		}
	}
}

// Does says in words what the rule does. It shows no value of a header.
func (r Rule) Does() string {
	of := func(verb string) string { return verb + " the " + r.Phase }
	switch r.Action {
	case Hold:
		return of("hold")
	case Block:
		return of("block") + ": 403"
	case Fail:
		return of("fail") + ": close the connection"
	case Delay:
		return of("delay") + " by " + (time.Duration(r.DelayMS) * time.Millisecond).String()
	case SetStatus:
		return fmt.Sprintf("change the status to %d", r.Status)
	case InjectHeader:
		return fmt.Sprintf("set the header %s of the %s", r.Key, r.Phase)
	case ReplaceBody:
		return fmt.Sprintf("replace %s in the body of the %s", r.SearchPattern, r.Phase)
	case Respond:
		status := max(r.Status, 200)
		if r.File != "" {
			return fmt.Sprintf("answer %d with the file %s", status, r.File)
		}
		return fmt.Sprintf("answer %d with %d bytes of text", status, len(r.Value))
	}
	return r.Action
}

// Selects says in words which exchanges the rule is for.
func (r Rule) Selects() string {
	var parts []string
	if r.Method != "" {
		parts = append(parts, "method:"+r.Method)
	}
	if r.URLPattern != "" && r.URLPattern != ".*" {
		parts = append(parts, "URL ~"+r.URLPattern)
	}
	if r.Filter != "" {
		parts = append(parts, r.Filter)
	}
	if parts == nil {
		return "everything"
	}
	return strings.Join(parts, " ")
}
