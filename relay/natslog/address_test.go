package natslog

import (
	"reflect"
	"strings"
	"testing"
)

// TestParseAddress reads addresses, and says what is wrong with one.
func TestParseAddress(t *testing.T) {
	name32 := strings.Repeat("a", 32)
	for _, tt := range []struct {
		in    string
		want  Address
		fails string
	}{
		{"nats://h/t", Address{Servers: []string{"h:4222"}, Team: "t"}, ""},
		{"nats://h:1/t/", Address{Servers: []string{"h:1"}, Team: "t"}, ""},
		{"nats://h:65535,[::1]:2,[::2],10.0.0.1/" + name32, Address{Servers: []string{"h:65535", "[::1]:2", "[::2]:4222", "10.0.0.1:4222"}, Team: name32}, ""},
		{"nats://h/A-z_9?replicas=1", Address{Servers: []string{"h:4222"}, Team: "A-z_9", Replicas: 1}, ""},
		{"nats://h/t?replicas=5", Address{Servers: []string{"h:4222"}, Team: "t", Replicas: 5}, ""},
		{"nats://h/t?", Address{Servers: []string{"h:4222"}, Team: "t"}, ""},
		{"http://h/t", Address{}, "must begin with nats://"},
		{"nats://h", Address{}, "must end in /TEAM"},
		{"nats://h/", Address{}, "must end in /TEAM"},
		{"nats://h/a b", Address{}, "must end in /TEAM"},
		{"nats://h/a/b", Address{}, "must end in /TEAM"},
		{"nats://h/" + name32 + "a", Address{}, "must end in /TEAM"},
		{"nats://h/t_state", Address{}, "the team must not end in _state: a hub keeps the state of another team"},
		{"nats://h/t_states", Address{Servers: []string{"h:4222"}, Team: "t_states"}, ""},
		{"nats:///t", Address{}, `"" is not HOST:PORT`},
		{"nats://h,/t", Address{}, `"" is not HOST:PORT`},
		{"nats://:1/t", Address{}, `":1" is not HOST:PORT`},
		{"nats://ann:s3cret@h/t", Address{}, "credentials go into a file, see --creds"},
		{"nats://s3cret@h:1/t", Address{}, "credentials go into a file, see --creds"},
		{"nats://h,ann:s3cret@h:1/t", Address{}, "credentials go into a file, see --creds"},
		{"nats://ann:s3cret@h", Address{}, "credentials go into a file, see --creds"},
		{"nats://ann:s3/cret?x@h/t", Address{}, "credentials go into a file, see --creds"},
		{"nats://a b/t", Address{}, "is not HOST:PORT"},
		{"nats://h:0/t", Address{}, `invalid port of "h:0"`},
		{"nats://h:65536/t", Address{}, `invalid port of "h:65536"`},
		{"nats://h:x/t", Address{}, `invalid port of "h:x"`},
		{"nats://h/t?%zz", Address{}, "invalid URL escape"},
		{"nats://h/t?replicas=0", Address{}, "only replicas=1 to replicas=5"},
		{"nats://h/t?replicas=6", Address{}, "only replicas=1 to replicas=5"},
		{"nats://h/t?replicas=x", Address{}, "only replicas=1 to replicas=5"},
		{"nats://h/t?other=1", Address{}, "only replicas=1 to replicas=5"},
	} {
		got, err := ParseAddress(tt.in)
		if tt.fails != "" {
			if err == nil || !strings.Contains(err.Error(), tt.fails) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s: %+v, %v, want %s", tt.in, got, err, tt.fails)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, %v", tt.in, got, err)
		}
		again, err := ParseAddress(got.String())
		if got.Replicas = 0; err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%s became %s, and that %+v, %v", tt.in, got, again, err)
		}
	}
}

// TestNames checks which texts name a team and a source.
func TestNames(t *testing.T) {
	long := strings.Repeat("a", 64)
	for _, tt := range []struct {
		name         string
		team, source bool
	}{
		{"a", true, true}, {"A-_9", true, true}, {"", false, false}, {"a.b", false, false}, {"a b", false, false}, {"é", false, false}, {"a\n", false, false}, {">", false, false}, {"*", false, false},
		{"t_state", false, true}, {"_state", false, true}, {"state", true, true}, {"t-state", true, true}, {"t_State", true, true}, {"t_state_2", true, true},
		{long[:32], true, true}, {long[:33], false, true}, {long, false, true}, {long + "a", false, false},
	} {
		if err := CheckTeam(tt.name); (err == nil) != tt.team {
			t.Errorf("team %q: %v", tt.name, err)
		}
		if err := CheckSourceName(tt.name); (err == nil) != tt.source {
			t.Errorf("source %q: %v", tt.name, err)
		}
	}
}
