package natslog

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/spectap/spectap/internal/lazyregexp"
)

// Scheme begins the addresses of this package.
const Scheme = "nats://"

// DefaultPort is the port of NATS servers.
const DefaultPort = "4222"

// Address is where a team's log is.
type Address struct {
	Servers  []string // HOST:PORT
	Team     string
	Replicas int // of streams that are created; 0: what the cluster suggests
}

var teamName = lazyregexp.New(`^[A-Za-z0-9_-]{1,32}$`)

// ParseAddress reads nats://HOST:PORT[,HOST:PORT…]/TEAM[?replicas=N].
func ParseAddress(s string) (Address, error) {
	var a Address
	rest, ok := strings.CutPrefix(s, Scheme)
	if !ok {
		return a, fmt.Errorf("%q: must begin with %s", s, Scheme)
	}
	if strings.Contains(rest, "@") { // the text before it may be a secret
		return a, errors.New("an address has no user: credentials go into a file, see --creds")
	}
	rest, query, _ := strings.Cut(rest, "?")
	hosts, team, _ := strings.Cut(rest, "/")
	if a.Team = strings.TrimSuffix(team, "/"); !teamName.MatchString(a.Team) {
		return a, fmt.Errorf("%q: must end in /TEAM, 1 to 32 letters, digits, - and _", s)
	}
	if err := CheckTeam(a.Team); err != nil {
		return a, fmt.Errorf("%q: the team %w", s, err)
	}
	for host := range strings.SplitSeq(hosts, ",") {
		h, port, err := net.SplitHostPort(host)
		if err != nil {
			h, port = strings.Trim(host, "[]"), DefaultPort
		}
		if h == "" || strings.Contains(h, " ") {
			return a, fmt.Errorf("%q: %q is not HOST:PORT", s, host)
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return a, fmt.Errorf("%q: invalid port of %q", s, host)
		}
		a.Servers = append(a.Servers, net.JoinHostPort(h, port))
	}
	v, err := url.ParseQuery(query)
	if err != nil {
		return a, fmt.Errorf("%q: %w", s, err)
	}
	for name, values := range v {
		n, err := strconv.Atoi(values[0])
		if name != "replicas" || err != nil || n < 1 || n > 5 {
			return a, fmt.Errorf("%q: only replicas=1 to replicas=5 may follow the question mark", s)
		}
		a.Replicas = n
	}
	return a, nil
}

// String returns the address in the form that ParseAddress reads, without the replicas.
func (a Address) String() string { return Scheme + strings.Join(a.Servers, ",") + "/" + a.Team }

// CheckTeam returns an error unless a text can name a team. A name that ends in _state cannot: the
// stream of its blocks would be that of another team's values, see [StateName].
func CheckTeam(team string) error {
	switch {
	case !teamName.MatchString(team):
		return errors.New("must be 1 to 32 letters, digits, - and _")
	case strings.HasSuffix(team, stateSuffix):
		return errors.New("must not end in " + stateSuffix + ": a hub keeps the state of another team under such a name")
	}
	return nil
}

var sourceName = lazyregexp.New(`^[A-Za-z0-9_-]{1,64}$`)

// CheckSourceName returns an error unless a text can name a source.
func CheckSourceName(name string) error {
	if !sourceName.MatchString(name) {
		return errors.New("must be 1 to 64 letters, digits, - and _")
	}
	return nil
}
