package natshub

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nkeys"

	"github.com/spectap/spectap/relay/natslog"
)

// User is who may connect.
type User struct {
	Team string       `json:"team"`
	Role natslog.Role `json:"role"`
	Name string       `json:"name"` // of the source, or for people
	Key  string       `json:"key"`  // public nkey
}

// NewKey returns the seed of a new user, which is secret, and its public key.
func NewKey() (seed []byte, public string, err error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return nil, "", err
	}
	defer pair.Wipe()
	if seed, err = pair.Seed(); err != nil {
		return nil, "", err
	}
	public, err = pair.PublicKey()
	return bytes.Clone(seed), public, err // Wipe overwrites what Seed returned
}

// SetUsers replaces the users. Removed users are disconnected. A hub without any user left admits
// nobody.
func (h *Hub) SetUsers(users []User) error {
	if len(users) == 0 && len(h.cfg.Users) > 0 { // without any, the server would admit everybody
		_, key, err := NewKey()
		if err != nil {
			return err
		}
		users = []User{{Team: h.cfg.Users[0].Team, Role: natslog.RoleReader, Name: "nobody", Key: key}}
	}
	isNew := func(u User) bool {
		return !slices.ContainsFunc(h.cfg.Users, func(old User) bool { return old.Key == u.Key })
	}
	// The imports of an account that is added to a running server work after its next change only.
	// So the accounts of new keys are added first, and admit nobody yet.
	if slices.ContainsFunc(users, isNew) {
		if err := h.reload(users, func(u User) bool { return !isNew(u) }); err != nil {
			return err
		}
	}
	if err := h.reload(users, everybody); err != nil {
		return err
	}
	h.cfg.Users = users
	go h.createStreams(h.teams(), h.createFor)
	return nil
}

// reload changes the users of the server. admits reports whether a user may connect.
func (h *Hub) reload(users []User, admits func(User) bool) error {
	o, err := h.options(users, admits)
	if err != nil {
		return err
	}
	if err := h.server.ReloadOptions(o); err != nil {
		return fmt.Errorf("change the users of the hub: %w", err)
	}
	return nil
}

func everybody(User) bool { return true }

// account is an account of a team or a key, in the form of the server's configuration.
type account struct {
	JetStream string        `json:"jetstream,omitempty"`
	Limits    *limits       `json:"limits,omitempty"`
	Users     []accountUser `json:"users"`
	Exports   []*export     `json:"exports,omitempty"`
	Imports   []imported    `json:"imports,omitempty"`
}

// limits are those of one key, so that it cannot keep others out.
type limits struct {
	Connections   int `json:"max_connections"`
	Subscriptions int `json:"max_subscriptions"` // of a connection
}

// keyLimits are far above what clients need: a worker has fewer than a hundred subscriptions.
var keyLimits = limits{Connections: 1024, Subscriptions: 1000}

// export allows other accounts to send requests to subjects of this one.
type export struct {
	Service   string   `json:"service"`
	Accounts  []string `json:"accounts"`
	Response  string   `json:"response_type,omitempty"`
	Threshold string   `json:"response_threshold,omitempty"` // ends the answers to a request after this pause
}

type imported struct {
	Service exporter `json:"service"`
	To      string   `json:"to,omitempty"` // the subject in this account, if it is another
}

type exporter struct {
	Account string `json:"account"`
	Subject string `json:"subject"`
}

type accountUser struct {
	Key         string `json:"nkey"`
	Permissions struct {
		Publish   allowed `json:"publish"`
		Subscribe allowed `json:"subscribe"`
	} `json:"permissions"`
}

type allowed struct {
	Allow []string `json:"allow"`
}

// accounts returns the configuration that gives each team and each key an account. The server
// checks the subjects to which a client publishes, but not the subject of the answer. In the team's
// account, a key could have answers stored as blocks of others or as models, or sent to requests
// that delete the log. The account of a key has the subjects of its role only, and answers stay in
// it. The keys of administrators, who may publish everything, are in the team's account.
//
// A consumer may also name the subject to which it delivers messages by itself. The server delivers
// these to subscriptions of exactly that subject, and the team's account has none that stores or
// deletes.
func (h *Hub) accounts(users []User, admits func(User) bool) (string, error) {
	all := accounts{}
	for _, u := range users {
		if err := natslog.CheckTeam(u.Team); err != nil {
			return "", fmt.Errorf("team %q: %w", u.Team, err)
		}
		if all[u.Team] == nil {
			all[u.Team] = &account{JetStream: "enabled"}
			key, err := h.admin(u.Team)
			if err != nil {
				return "", err
			}
			if err := all.add(User{Team: u.Team, Role: natslog.RoleAdmin, Name: "hub", Key: key}, true); err != nil {
				return "", err
			}
		}
		if err := all.add(u, admits(u)); err != nil {
			return "", err
		}
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // the configuration is JSON without escapes such as \u003e
	err := enc.Encode(map[string]any{"accounts": all})
	return b.String(), err
}

// accounts are those of a hub, by the name of a team or by keyAccount.
type accounts map[string]*account

// keyAccount returns the name of a key's account, which no team has.
func keyAccount(key string) string { return "key/" + key }

// add adds a user to its team's account, which must be there, or in an account of its own.
func (all accounts) add(u User, admitted bool) error {
	if !nkeys.IsValidPublicUserKey(u.Key) {
		return fmt.Errorf("user %s of team %s: %q is not the public key of a user", u.Name, u.Team, u.Key)
	}
	publish, subscribe, err := natslog.Permissions(u.Role, u.Team, u.Name, u.Key)
	if err != nil {
		return fmt.Errorf("user %s of team %s: %w", u.Name, u.Team, err)
	}
	who := accountUser{Key: u.Key}
	who.Permissions.Publish.Allow, who.Permissions.Subscribe.Allow = publish, subscribe
	if u.Role == natslog.RoleAdmin {
		all[u.Team].Users = append(all[u.Team].Users, who)
		return nil
	}
	own := keyAccount(u.Key)
	if all[own] != nil {
		return fmt.Errorf("user %s of team %s: two users have the key %s", u.Name, u.Team, u.Key)
	}
	all[own] = &account{Users: []accountUser{}, Limits: &keyLimits}
	if admitted {
		all[own].Users = append(all[own].Users, who)
	}
	for _, subject := range publish {
		all.share(u.Team, subject, own, "")
	}
	// The server gives an account without JetStream an import of all subjects of JetStream, and
	// would answer requests twice, unless the account imports this one.
	all.share(u.Team, "spectap."+u.Team+".nothing", own, "$JS.API.INFO")
	return nil
}

// share allows an account to send requests to a subject of a team, under the name as if it is not
// "".
func (all accounts) share(team, subject, own, as string) {
	a := all[team]
	i := slices.IndexFunc(a.Exports, func(e *export) bool { return e.Service == subject })
	if i < 0 {
		i = len(a.Exports)
		e := &export{Service: subject}
		if strings.HasPrefix(subject, "$JS.API.CONSUMER.MSG.NEXT.") { // has many answers, and one every few seconds at least
			e.Response, e.Threshold = "stream", "1m"
		}
		a.Exports = append(a.Exports, e)
	}
	a.Exports[i].Accounts = append(a.Exports[i].Accounts, own)
	all[own].Imports = append(all[own].Imports, imported{Service: exporter{team, subject}, To: as})
}

// admin returns the public key with which the hub itself connects to a team's account.
func (h *Hub) admin(team string) (string, error) {
	pair := h.admins[team]
	if pair == nil {
		var err error
		if pair, err = nkeys.CreateUser(); err != nil {
			return "", err
		}
		h.admins[team] = pair
	}
	return pair.PublicKey()
}
