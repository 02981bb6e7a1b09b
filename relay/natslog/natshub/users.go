package natshub

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
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
	seed = bytes.Clone(seed) // Wipe clears the original
	public, err = pair.PublicKey()
	return bytes.Clone(seed), public, err // Wipe overwrites what Seed returned
}

// SetUsers replaces the users. Those that are gone are disconnected. A hub whose users are all gone
// admits nobody.
func (h *Hub) SetUsers(users []User) error {
	if len(users) == 0 && len(h.cfg.Users) > 0 { // without any, the server would admit everybody
		_, key, err := NewKey()
		if err != nil {
			return err
		}
		users = []User{{Team: h.cfg.Users[0].Team, Role: natslog.RoleReader, Name: "nobody", Key: key}}
	}
	o, err := h.options(users)
	if err != nil {
		return err
	}
	o.Port = h.server.Addr().(*net.TCPAddr).Port
	if err := h.server.ReloadOptions(o); err != nil {
		return fmt.Errorf("change the users of the hub: %w", err)
	}
	h.cfg.Users = users
	go h.createStreams(h.teams())
	return nil
}

// account is an account of a team or a source, in the form of the server's configuration.
type account struct {
	JetStream string        `json:"jetstream,omitempty"`
	Users     []accountUser `json:"users"`
	Exports   []export      `json:"exports,omitempty"`
	Imports   []imported    `json:"imports,omitempty"`
}

// export lets another account send requests to subjects of this one.
type export struct {
	Service  string   `json:"service"`
	Accounts []string `json:"accounts"`
}

type imported struct {
	Service exporter `json:"service"`
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

// accounts returns the configuration that gives each team and each source an account. The server
// checks what a client publishes to, but not where it wants the answer: with its account, a source
// could have the answer to a request stored as a block of another, or in place of a model. In an
// account of its own an answer reaches nobody else.
func (h *Hub) accounts(users []User) (string, error) {
	all := map[string]*account{} // by the name of a team, or that of a source below
	add := func(u User) error {
		if !nkeys.IsValidPublicUserKey(u.Key) {
			return fmt.Errorf("user %s of team %s: %q is not the public key of a user", u.Name, u.Team, u.Key)
		}
		publish, subscribe, err := natslog.Permissions(u.Role, u.Team, u.Name, u.Key)
		if err != nil {
			return fmt.Errorf("user %s of team %s: %w", u.Name, u.Team, err)
		}
		a := accountUser{Key: u.Key}
		a.Permissions.Publish.Allow, a.Permissions.Subscribe.Allow = publish, subscribe
		team := all[u.Team]
		if u.Role != natslog.RoleSource {
			team.Users = append(team.Users, a)
			return nil
		}
		own := "source/" + u.Key // no team has this name
		if all[own] != nil {
			return fmt.Errorf("user %s of team %s: two sources have the key %s", u.Name, u.Team, u.Key)
		}
		all[own] = &account{Users: []accountUser{a}}
		for _, subject := range publish {
			team.Exports = append(team.Exports, export{subject, []string{own}})
			all[own].Imports = append(all[own].Imports, imported{exporter{u.Team, subject}})
		}
		return nil
	}
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
			if err := add(User{Team: u.Team, Role: natslog.RoleAdmin, Name: "hub", Key: key}); err != nil {
				return "", err
			}
		}
		if err := add(u); err != nil {
			return "", err
		}
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // the configuration is JSON without escapes such as \u003e
	err := enc.Encode(map[string]any{"accounts": all})
	return b.String(), err
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
