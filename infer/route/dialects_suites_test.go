package route

import (
	"fmt"
	"strings"
)

// suite adds exchanges as the test suite of an API sends them: mixed clients, retries, refused
// bodies, identifiers that are malformed or name nothing.
type suite struct {
	*api
	visited []*sent
}

// sent is a request of a suite, which noise repeats.
type sent struct {
	method, template, path string
	request                any
}

// do adds an exchange. path may have a query.
func (s *suite) do(method, template, path string, request any, status int, body any) {
	s.visited = append(s.visited, &sent{method, template, path, request})
	s.send(method, template, path, request, status, body)
}

// get adds a GET that was answered.
func (s *suite) get(template, path string, body any) { s.do("GET", template, path, nil, 200, body) }

// problem is the body of a refusal.
func (s *suite) problem(status int, text string) object {
	return object{"error", object{"code", status, "message", text, "trace_id", s.hex(16)}}
}

// noise adds n unhappy requests, each beside a happy one of the same template and method.
func (s *suite) noise(n int) {
	for range n {
		v := pick(s.api, s.visited...)
		path, query, _ := strings.Cut(v.path, "?")
		if query != "" {
			query = "?" + query
		}
		switch s.r.IntN(7) {
		case 0:
			s.send(v.method, v.template, v.path, v.request, 401, s.problem(401, "Sign in first."))
		case 1:
			code := pick(s.api, 429, 500, 502, 503)
			s.send(v.method, v.template, v.path, v.request, code, s.problem(code, "Try again later."))
		case 2, 3: // an identifier that is malformed
			at, ok := s.spoil(v.template, path, pick(s.api, "invalid-id", "not-a-uuid", "abc", "-1", "0",
				"undefined", "null", "%20", "INVALID"))
			if ok {
				s.send(v.method, v.template, at+query, v.request, pick(s.api, 400, 404, 404, 422), s.problem(400,
					"The identifier is malformed."))
			}
		case 4: // an identifier that names nothing
			at, ok := s.spoil(v.template, path, pick(s.api, "nonexistent", "missing", "99999999",
				"does-not-exist", s.id(styleUUID)))
			if ok {
				s.send(v.method, v.template, at+query, v.request, 404, s.problem(404, "There is no such thing."))
			}
		case 5:
			if body, ok := v.request.(object); ok && len(body) > 2 {
				s.send(v.method, v.template, v.path, body[2:], 422, s.problem(422, fmt.Sprintf("%v is required.", body[0])))
			}
		case 6:
			if v.method == "GET" && !strings.HasSuffix(path, "/") {
				s.send("GET", v.template, path+"/"+query, nil, 404, s.problem(404, "There is no such page."))
			} else {
				s.exchanges = append(s.exchanges, &Exchange{Method: "OPTIONS", Path: path, Status: 204})
			}
		}
	}
}

// spoil returns path with another value for the last parameter of the template that is a segment.
func (s *suite) spoil(template, path, value string) (string, bool) {
	t, p := strings.Split(template, "/"), strings.Split(path, "/")
	if len(t) != len(p) {
		return "", false
	}
	for i := len(t) - 1; i >= 0; i-- {
		if strings.HasPrefix(t[i], "{") && strings.HasSuffix(t[i], "}") && strings.Count(t[i], "{") == 1 {
			p[i] = value
			return strings.Join(p, "/"), true
		}
	}
	return "", false
}

// when returns a time of the year.
func (s *suite) when() string {
	return fmt.Sprintf("2026-%02d-%02dT%02d:%02d:%02dZ", 1+s.r.IntN(12), 1+s.r.IntN(28), s.r.IntN(24), s.r.IntN(60), s.r.IntN(60))
}

// day returns a day of the year.
func (s *suite) day() string { return fmt.Sprintf("2026-%02d-%02d", 1+s.r.IntN(12), 1+s.r.IntN(28)) }

// some returns n values.
func some[T any](n int, f func() T) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = f()
	}
	return out
}

// helpdeskDialect speaks JSON:API: relationships of resources, bulk endpoints, exports with an
// ending, and identifiers in lists.
func helpdeskDialect(a *api) {
	s := &suite{api: a}
	types := []string{"tickets", "contacts", "agents", "articles"}
	ids := map[string][]string{}
	for _, t := range types {
		ids[t] = some(7, func() string { return a.id(styleInt) })
	}
	rel := func(t string) object { return object{"data", object{"type", t, "id", pick(a, ids[t]...)}} }
	res := func(t, id string) object {
		o := object{"type", t, "id", id, "attributes", object{"subject", a.name(), "created_at", s.when(),
			"updated_at", s.when(),
			"priority", pick(a, "low", "normal", "high", "urgent"), "archived", a.chance(.2)},
			"links", object{"self", "/api/v2/" + t + "/" + id}}
		if t == "tickets" {
			o = append(o, "relationships", object{"assignee", rel("agents"), "requester", rel("contacts")})
		}
		return o
	}
	page := func(t string) object {
		return object{"data", some(1+a.r.IntN(4), func() object { return res(t, pick(a, ids[t]...)) }), "meta",
			object{"total", a.r.IntN(99)},
			"links", object{"first", "/api/v2/" + t + "?page[number]=1", "next", "/api/v2/" + t + "?page[number]=2"}}
	}
	for range 150 {
		t := pick(a, types...)
		id := pick(a, ids[t]...)
		at, atT := "/api/v2/"+t, "/api/v2/"+t+"/{id}"
		change := object{"data", object{"type", t, "attributes", object{"subject", a.name(), "priority", pick(a,
			"low", "high")}}}
		switch a.r.IntN(15) {
		case 0, 1:
			s.get(at, at+fmt.Sprintf("?page[number]=%d&page[size]=%d&sort=%s", 1+a.r.IntN(5), pick(a, 10, 25, 50), pick(a, "-created_at", "subject")), page(t))
		case 2, 3, 4:
			s.get(atT, at+"/"+id, object{"data", res(t, id)})
		case 5:
			s.do("POST", at, at, change, 201, object{"data", res(t, a.id(styleInt))})
		case 6:
			s.do("PATCH", atT, at+"/"+id, change, 200, object{"data", res(t, id)})
		case 7:
			s.do("DELETE", atT, at+"/"+id, nil, 204, nil)
		case 8:
			id, r := pick(a, ids["tickets"]...), pick(a, "assignee", "requester")
			s.get("/api/v2/tickets/{id}/relationships/"+r,
				"/api/v2/tickets/"+id+"/relationships/"+r, rel(map[string]string{"assignee": "agents",
					"requester": "contacts"}[r]))
		case 9:
			id := pick(a, ids["tickets"]...)
			s.get("/api/v2/tickets/{id}/comments", "/api/v2/tickets/"+id+"/comments", object{"data", some(2, func() object {
				return object{"type", "comments", "id", a.id(styleInt), "attributes", object{"html", "<p>x</p>",
					"public", a.chance(.5)}}
			})})
		case 10:
			s.get("/api/v2/tickets/export.csv", "/api/v2/tickets/export.csv?from="+s.day(), nil)
		case 11:
			s.get("/api/v2/tickets/show_many", "/api/v2/tickets/show_many?ids="+strings.Join(ids["tickets"][:3],
				","), page("tickets"))
		case 12:
			s.do("PUT", "/api/v2/tickets/update_many", "/api/v2/tickets/update_many",
				object{"ids", ids["tickets"][:2], "status", "solved"}, 202,
				object{"job", object{"id", a.hex(32), "status", "queued"}})
		case 13:
			j := a.hex(32)
			s.get("/api/v2/jobs/{id}", "/api/v2/jobs/"+j, object{"job", object{"id", j, "status", pick(a,
				"queued", "working", "done"), "progress", a.r.IntN(100)}})
		case 14:
			w := pick(a, "account", "account/settings", "search/tickets", "views/unassigned/tickets", "agents/me")
			s.get("/api/v2/"+w, "/api/v2/"+w, object{"data", object{"type", w, "id", a.id(styleInt)}})
		}
	}
	s.noise(40)
}

// calendarsDialect has the methods of WebDAV: calendars of people, events as files, principals.
func calendarsDialect(a *api) {
	s := &suite{api: a}
	people := []string{a.name(), a.name(), a.word(2), a.word(2) + "." + a.word(3) + "@" + a.word(2) + ".example"}
	calendars := []string{"default", "work", "personal", a.word(3), a.id(styleUUID)}
	events := some(12, func() string { return pick(a, strings.ToUpper(a.id(styleUUID)), a.hex(32), a.word(3)) + ".ics" })
	for range 110 {
		p, c, e := pick(a, people...), pick(a, calendars...), pick(a, events...)
		home, homeT := "/dav/calendars/"+p, "/dav/calendars/{user}"
		status := func(hrefs ...string) any {
			var out []object
			for _, h := range hrefs {
				out = append(out, object{"href", h, "propstat", object{"prop", object{"displayname", a.name(),
					"getetag", a.hex(16)}, "status", "HTTP/1.1 200 OK"}})
			}
			return object{"response", out}
		}
		switch a.r.IntN(11) {
		case 0:
			s.do("PROPFIND", homeT, home, nil, 207, status(home+"/", home+"/"+c+"/", home+"/"+pick(a, calendars...)+"/"))
		case 1:
			s.do("PROPFIND", homeT+"/{calendar}", home+"/"+c, nil, 207, status(home+"/"+c+"/", home+"/"+c+"/"+e))
		case 2:
			s.do("REPORT", homeT+"/{calendar}", home+"/"+c, nil, 207, status(home+"/"+c+"/"+e, home+"/"+c+"/"+pick(a, events...)))
		case 3, 4:
			s.do("PUT", homeT+"/{calendar}/{event}", home+"/"+c+"/"+e, nil, pick(a, 201, 204), nil)
		case 5:
			s.do("GET", homeT+"/{calendar}/{event}", home+"/"+c+"/"+e, nil, 200, nil)
		case 6:
			s.do("DELETE", homeT+"/{calendar}/{event}", home+"/"+c+"/"+e, nil, 204, nil)
		case 7:
			s.do("MKCALENDAR", homeT+"/{calendar}", home+"/"+c, nil, 201, nil)
		case 8:
			s.do("PROPFIND", "/dav/principals/users/{user}",
				"/dav/principals/users/"+p, nil, 207, status("/dav/principals/users/"+p+"/"))
		case 9:
			g := pick(a, a.name(), a.word(2), "staff")
			s.do("PROPFIND", "/dav/principals/groups/{group}",
				"/dav/principals/groups/"+g, nil, 207, status("/dav/principals/groups/"+g+"/"))
		case 10:
			w := pick(a, "addressbooks", "principals", "")
			s.do("PROPFIND", strings.TrimSuffix("/dav/"+w, "/"), strings.TrimSuffix("/dav/"+w, "/"), nil, 207, nil)
		}
	}
	s.noise(20)
}

// bankDialect has versions in the middle, consents, statements as files and amounts in objects.
func bankDialect(a *api) {
	s := &suite{api: a}
	accounts := some(6, func() string { return a.id(styleInt) + a.id(styleInt) })
	consents := some(5, func() string { return "urn-" + a.word(2) + "-intent-" + a.id(styleInt) })
	statements := some(6, func() string { return "ST" + a.id(styleInt) })
	amount := func() object {
		return object{"Amount", fmt.Sprintf("%d.%02d", a.r.IntN(900), a.r.IntN(100)), "Currency", pick(a, "GBP", "EUR")}
	}
	wrap := func(self string, data object) object {
		return object{"Data", data, "Links", object{"Self", "https://bank.example" + self}, "Meta", object{"TotalPages", 1}}
	}
	account := func(id string) object {
		return object{"AccountId", id, "Currency", "GBP", "AccountType", pick(a, "Personal", "Business"),
			"Nickname", a.name(),
			"Account", []object{{"SchemeName", "SortCodeAccountNumber", "Identification", "2000" + id, "Name", "x"}}}
	}
	for range 150 {
		id, c, st := pick(a, accounts...), pick(a, consents...), pick(a, statements...)
		aisp, pisp := "/open-banking/v3.1/aisp", "/open-banking/v3.1/pisp"
		one, oneT := aisp+"/accounts/"+id, aisp+"/accounts/{AccountId}"
		switch a.r.IntN(14) {
		case 0:
			s.get(aisp+"/accounts", aisp+"/accounts", wrap(aisp+"/accounts", object{"Account",
				some(3, func() object { return account(pick(a, accounts...)) })}))
		case 1, 2:
			s.get(oneT, one, wrap(one, object{"Account", []object{account(id)}}))
		case 3, 4:
			sub := pick(a, "balances", "beneficiaries", "direct-debits", "standing-orders", "product")
			s.get(oneT+"/"+sub, one+"/"+sub, wrap(one+"/"+sub, object{strings.ToUpper(sub[:1]) + sub[1:],
				[]object{{"AccountId", id, "Amount", amount(), "Type", "x"}}}))
		case 5:
			s.get(oneT+"/transactions", one+"/transactions?fromBookingDateTime="+s.when(), wrap(one+"/transactions", object{"Transaction",
				some(3, func() object {
					return object{"AccountId", id, "TransactionId", a.id(styleInt), "Amount", amount(),
						"BookingDateTime", s.when(),
						"CreditDebitIndicator", pick(a, "Credit", "Debit"), "Status", pick(a, "Booked", "Pending")}
				})}))
		case 6:
			s.get(oneT+"/statements", one+"/statements", wrap(one+"/statements", object{"Statement",
				[]object{{"AccountId", id, "StatementId", st}}}))
		case 7:
			s.get(oneT+"/statements/{StatementId}", one+"/statements/"+st, wrap(one+"/statements/"+st,
				object{"Statement", []object{{"AccountId", id, "StatementId", st}}}))
		case 8:
			s.get(oneT+"/statements/{StatementId}/file", one+"/statements/"+st+"/file", nil)
		case 9:
			k := pick(a, "balances", "transactions", "party", "offers")
			s.get(aisp+"/"+k, aisp+"/"+k, wrap(aisp+"/"+k, object{"Balance", []object{{"AccountId", id,
				"Amount", amount()}}}))
		case 10:
			k := pick(a, "domestic-payment-consents", "international-payment-consents")
			s.do("POST", pisp+"/"+k, pisp+"/"+k, object{"Data", object{"Initiation",
				object{"InstructionIdentification", a.word(3), "InstructedAmount", amount()}},
				"Risk", object{"PaymentContextCode", "EcommerceGoods"}}, 201, wrap(pisp+"/"+k+"/"+c,
				object{"ConsentId", c, "Status", "AwaitingAuthorisation", "CreationDateTime", s.when()}))
		case 11:
			k := pick(a, "domestic-payment-consents", "international-payment-consents")
			s.get(pisp+"/"+k+"/{ConsentId}", pisp+"/"+k+"/"+c, wrap(pisp+"/"+k+"/"+c, object{"ConsentId", c,
				"Status", pick(a, "Authorised", "Rejected", "Consumed"), "CreationDateTime", s.when()}))
		case 12:
			k := pick(a, "domestic-payment-consents")
			s.get(pisp+"/"+k+"/{ConsentId}/funds-confirmation", pisp+"/"+k+"/"+c+"/funds-confirmation", wrap(pisp+"/"+k+"/"+c+"/funds-confirmation", object{"FundsAvailableResult", object{"FundsAvailable", a.chance(.7)}}))
		case 13:
			s.do("POST", pisp+"/domestic-payments", pisp+"/domestic-payments", object{"Data",
				object{"ConsentId", c, "Initiation", object{"InstructedAmount", amount()}}}, 201,
				wrap(pisp+"/domestic-payments/x", object{"DomesticPaymentId", a.id(styleInt), "ConsentId", c,
					"Status", "Pending"}))
		}
	}
	s.noise(40)
}

// airlinesDialect has flights, days, pairs of airports and pairs of coordinates in the path.
func airlinesDialect(a *api) {
	s := &suite{api: a}
	airports := []string{"FRA", "MUC", "JFK", "LHR", "CDG", "VIE", "ZRH", "HAM"}
	flight := func() string { return pick(a, "LH", "OS", "LX") + fmt.Sprint(100+a.r.IntN(1900)) }
	for range 140 {
		f, d, o, to := flight(), s.day(), pick(a, airports...), pick(a, airports...)
		leg := object{"Departure", object{"AirportCode", o, "ScheduledTimeLocal", object{"DateTime", d + "T10:00"}},
			"Arrival", object{"AirportCode", to, "Terminal", object{"Name", "1"}}, "FlightStatus",
			object{"Code", pick(a, "OT", "DL", "CD"), "Definition", "On Time"}}
		flights := object{"FlightStatusResource", object{"Flights", object{"Flight", []object{leg}}, "Meta",
			object{"TotalCount", 1}}}
		switch a.r.IntN(11) {
		case 0, 1:
			s.get("/v1/operations/flightstatus/{flightNumber}/{date}", "/v1/operations/flightstatus/"+f+"/"+d, flights)
		case 2:
			s.get("/v1/operations/flightstatus/arrivals/{airportCode}/{fromDateTime}",
				"/v1/operations/flightstatus/arrivals/"+o+"/"+d+"T10:00", flights)
		case 3:
			s.get("/v1/operations/flightstatus/route/{origin}/{destination}/{date}",
				"/v1/operations/flightstatus/route/"+o+"/"+to+"/"+d, flights)
		case 4:
			s.get("/v1/operations/schedules/{origin}/{destination}/{date}",
				"/v1/operations/schedules/"+o+"/"+to+"/"+d+"?directFlights=1", object{"ScheduleResource",
					object{"Schedule", []object{leg}}})
		case 5:
			s.get("/v1/references/airports/{airportCode}", "/v1/references/airports/"+o+"?lang=en",
				object{"AirportResource", object{"Airports",
					object{"Airport", object{"AirportCode", o, "CityCode", o, "CountryCode", "DE", "UtcOffset", 1}}}})
		case 6:
			s.get("/v1/references/airports", "/v1/references/airports?limit=20&offset=40",
				object{"AirportResource", object{"Airports",
					object{"Airport", []object{{"AirportCode", o, "CityCode", o}, {"AirportCode", to, "CityCode", to}}}}})
		case 7:
			at := fmt.Sprintf("%d.%03d,%d.%03d", 40+a.r.IntN(15), a.r.IntN(1000), a.r.IntN(15), a.r.IntN(1000))
			s.get("/v1/references/airports/nearest/{coordinates}", "/v1/references/airports/nearest/"+at,
				object{"NearestAirportResource",
					object{"Airports", object{"Airport", []object{{"AirportCode", o, "Distance", object{"Value", 7,
						"UOM", "KM"}}}}}})
		case 8:
			c := pick(a, "DE", "AT", "FR", "US", "GB")
			s.get("/v1/references/countries/{countryCode}", "/v1/references/countries/"+c,
				object{"CountryResource", object{"Countries", object{"Country", object{"CountryCode", c, "ZoneCode", 3}}}})
		case 9:
			s.get("/v1/offers/seatmaps/{flightNumber}/{origin}/{destination}/{date}/{cabinClass}",
				"/v1/offers/seatmaps/"+f+"/"+o+"/"+to+"/"+d+"/"+pick(a, "M", "C", "F"),
				object{"SeatAvailabilityResource", object{"CabinLayout", []object{{"Row", 3}}}})
		case 10:
			x := pick(a, "320", "343", "74H", "388")
			s.get("/v1/references/aircraft/{aircraftCode}", "/v1/references/aircraft/"+x,
				object{"AircraftResource", object{"AircraftSummaries", object{"AircraftSummary",
					object{"AircraftCode", x, "AirlineEquipCode", "A" + x}}}})
		}
	}
	s.noise(30)
}
