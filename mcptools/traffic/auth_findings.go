package traffic

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/view"
)

// authFound describes one type of authentication.
type authFound struct {
	Detected bool     `json:"detected"`
	Signals  []string `json:"signals" jsonschema_description:"the evidence: headers, cookies, parameters, endpoints"`
	Flows    []uint64 `json:"flows" jsonschema_description:"some flows with this type"`
}

// Limits of a Found.
const (
	maxSignals = 12
	maxFlows   = 5
)

// Add adds the signals of a flow.
func (d *authFound) Add(signals []string, id uint64) {
	d.Detected = true
	for _, signal := range signals {
		signal = view.Cut(view.Visible(signal), 200)
		if !slices.Contains(d.Signals, signal) && len(d.Signals) < maxSignals {
			d.Signals = append(d.Signals, signal)
		}
	}
	if len(d.Flows) < maxFlows && !slices.Contains(d.Flows, id) {
		d.Flows = append(d.Flows, id)
	}
}

// authFindings adds up the signals of all flows that an index observes. The zero value is ready for
// use, from any goroutine.
type authFindings struct {
	mu      sync.Mutex                       // guards all below
	hosts   map[string]map[string]*authFound // by host, then type
	signIns map[string]signIns               // by host
	used    map[string]bool                  // redacted values of credentials
}

// maxUsed bounds the values of credentials.
const maxUsed = 5000

// Observe detects the signals in a flow. commit adds them.
func (x *authFindings) Observe(original, redacted *flow.Flow) (commit func() uint32) {
	found := authSignals(redacted)
	signIn, ok := signInOf(redacted)
	used := usedValues(&redacted.Request)
	if len(found) == 0 && !ok && len(used) == 0 {
		return nil
	}
	host, id := strings.Clone(original.Request.Authority), uint64(original.Seq)
	return func() uint32 {
		x.add(host, found, id)
		x.use(used)
		if ok {
			signIn.Flow = id
			x.addSignIn(host, &signIn)
		}
		return 0
	}
}

func (x *authFindings) addSignIn(host string, s *signIn) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.signIns == nil {
		x.signIns = map[string]signIns{}
	}
	if x.signIns[host] == nil {
		x.signIns[host] = signIns{}
	}
	x.signIns[host].Add(s)
}

// use remembers values of credentials.
func (x *authFindings) use(values []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.used == nil {
		x.used = map[string]bool{}
	}
	for _, v := range values {
		if len(x.used) < maxUsed {
			x.used[strings.Clone(v)] = true
		}
	}
}

// SumSignIns adds the sign-ins at the hosts (nil: all) to into, and the values of credentials to
// used.
func (x *authFindings) SumSignIns(hosts []string, into signIns, used map[string]bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	maps.Copy(used, x.used)
	for _, host := range slices.Sorted(maps.Keys(x.signIns)) {
		if hosts == nil || slices.Contains(hosts, host) {
			for _, endpoint := range slices.Sorted(maps.Keys(x.signIns[host])) {
				into.Add(x.signIns[host][endpoint])
			}
		}
	}
}

func (x *authFindings) add(host string, found map[string][]string, id uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(found) == 0 {
		return
	}
	byType := x.hosts[host]
	if byType == nil {
		byType = map[string]*authFound{}
		if x.hosts == nil {
			x.hosts = map[string]map[string]*authFound{}
		}
		x.hosts[host] = byType
	}
	for typ, signals := range found {
		if byType[typ] == nil {
			byType[typ] = &authFound{Detected: true, Signals: []string{}, Flows: []uint64{}}
		}
		byType[typ].Add(signals, id)
	}
}

// Reset removes all signals.
func (x *authFindings) Reset() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.hosts, x.signIns, x.used = nil, nil, nil
}

// Sum adds the findings of the hosts (nil: all) to into, by type.
func (x *authFindings) Sum(hosts []string, into map[string]authFound) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, host := range slices.Sorted(maps.Keys(x.hosts)) {
		if hosts != nil && !slices.Contains(hosts, host) {
			continue
		}
		for typ, found := range x.hosts[host] {
			d := into[typ]
			for _, id := range found.Flows {
				d.Add(found.Signals, id)
			}
			into[typ] = d
		}
	}
}
