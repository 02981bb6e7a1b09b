package natshub

import (
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nkeys"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay/natslog"
)

// TestAccounts checks which users the server admits, and which are refused.
func TestAccounts(t *testing.T) {
	keys := make([]string, 3)
	for i := range keys {
		seed, key, err := NewKey()
		if err != nil {
			t.Fatal(err)
		}
		pair := must.Get(nkeys.FromSeed(seed))
		if public, err := pair.PublicKey(); err != nil || public != key {
			t.Errorf("the seed is of %s, the key is %s, %v", public, key, err)
		}
		keys[i] = key
	}
	reader, source, admin := User{"t", natslog.RoleReader, "ann", keys[0]}, User{"t", natslog.RoleSource, "pod", keys[1]}, User{"u", natslog.RoleAdmin, "root", keys[2]}
	h := &Hub{cfg: Config{Listen: "127.0.0.1:0"}, admins: map[string]nkeys.KeyPair{}}
	o := must.Get(h.options([]User{reader, source, admin}, func(u User) bool { return u.Name != "pod" }))
	var admitted []string
	for _, n := range o.Nkeys {
		admitted = append(admitted, n.Nkey+" "+n.Account.Name)
	}
	own := make([]string, 0, 2)
	for _, team := range []string{"t", "u"} {
		key := must.Get(h.admin(team))
		own = append(own, key+" "+team)
	}
	want := append(own, reader.Key+" "+keyAccount(reader.Key), admin.Key+" u")
	slices.Sort(admitted)
	slices.Sort(want)
	if !slices.Equal(admitted, want) {
		t.Errorf("admitted are %q, want %q", admitted, want)
	}
	var accounts []string
	for _, a := range o.Accounts {
		accounts = append(accounts, a.Name)
	}
	slices.Sort(accounts)
	if wantAccounts := []string{keyAccount(keys[0]), keyAccount(keys[1]), "t", "u"}; !slices.Equal(sorted(accounts), sorted(wantAccounts)) {
		t.Errorf("accounts %q, want %q", accounts, wantAccounts)
	}
	again, err := h.admin("t")
	if err != nil || again+" t" != own[0] {
		t.Errorf("the hub has another key for the same team: %v", err)
	}
	for want, u := range map[string]User{
		`team "a b": must be 1 to 32`:                                          {"a b", natslog.RoleReader, "x", keys[2]},
		`team "t_state": must not end in _state: a hub keeps the state of`:     {"t_state", natslog.RoleReader, "x", keys[2]},
		`user x of team t: "no" is not the public key of a user`:               {"t", natslog.RoleReader, "x", "no"},
		`user x of team t: unknown role "other"`:                               {"t", "other", "x", keys[2]},
		`user x of team t: two users have the key ` + keys[0]:                  {"t", natslog.RoleReader, "x", keys[0]},
		`user a.b of team t: source "a.b": must be 1 to 64 letters, digits, -`: {"t", natslog.RoleSource, "a.b", keys[2]},
	} {
		if _, err := h.options([]User{reader, u}, everybody); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", u, err, want)
		}
	}
	if got := (&Hub{cfg: Config{Users: []User{reader, admin, source}}}).teams(); !slices.Equal(got, []string{"t", "u"}) {
		t.Errorf("teams %q", got)
	}
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}
