package route

import (
	"fmt"
	"strings"
)

// hypervisorDialect has nodes, virtual machines and containers with the same subresources, tasks
// with colons in their identifiers, and one envelope.
func hypervisorDialect(a *api) {
	s := &suite{api: a}
	nodes := []string{a.word(2), "pve1", a.name()}
	machines, containers := some(5, func() string { return fmt.Sprint(100 + a.r.IntN(80)) }), some(4, func() string { return fmt.Sprint(200 + a.r.IntN(80)) })
	stores := []string{"local", "local-lvm", a.word(2), "backup"}
	data := func(x any) object { return object{"data", x} }
	task := func(node, what, id string) string {
		return "UPID:" + node + ":" + strings.ToUpper(a.hex(8)) + ":" + strings.ToUpper(a.hex(8)) + ":" + strings.ToUpper(a.hex(8)) + ":" + what + ":" + id + ":root@pam:"
	}
	for range 150 {
		n, st := pick(a, nodes...), pick(a, stores...)
		at, atT := "/api2/json/nodes/"+n, "/api2/json/nodes/{node}"
		kind, id := "qemu", pick(a, machines...)
		if a.chance(.4) {
			kind, id = "lxc", pick(a, containers...)
		}
		one, oneT := at+"/"+kind+"/"+id, atT+"/"+kind+"/{vmid}"
		status := object{"vmid", id, "name", a.word(2), "status", pick(a, "running", "stopped"), "cpus", 2, "maxmem", 4294967296, "uptime", a.r.IntN(99999), "type", kind}
		switch a.r.IntN(16) {
		case 0:
			s.get("/api2/json/nodes", "/api2/json/nodes", data([]object{{"node", n, "status", "online", "id", "node/" + n, "type", "node", "maxcpu", 8}}))
		case 1:
			s.get(atT+"/"+kind, at+"/"+kind, data([]object{status}))
		case 2, 3:
			s.get(oneT+"/status/current", one+"/status/current", data(status))
		case 4, 5:
			v := pick(a, "start", "stop", "shutdown", "reboot")
			s.do("POST", oneT+"/status/"+v, one+"/status/"+v, nil, 200, data(task(n, "qm"+v, id)))
		case 6:
			s.do(pick(a, "GET", "PUT"), oneT+"/config", one+"/config", nil, 200, data(object{"name", a.word(2), "cores", 2, "digest", a.hex(40), "boot", "order=scsi0"}))
		case 7:
			snap := pick(a, a.word(2), "before-upgrade", "current")
			s.do(pick(a, "GET", "PUT"), oneT+"/snapshot/{snapname}/config", one+"/snapshot/"+snap+"/config", nil, 200, data(object{"name", snap, "snaptime", 1700000000}))
		case 8:
			s.get(oneT+"/snapshot", one+"/snapshot", data([]object{{"name", "current", "digest", a.hex(40)}, {"name", a.word(2), "snaptime", 17}}))
		case 9:
			s.get(atT+"/storage/{storage}/content", at+"/storage/"+st+"/content?content=iso", data([]object{{"volid", st + ":iso/debian.iso", "format", "iso", "size", 9}}))
		case 10:
			s.get(atT+"/storage/{storage}/status", at+"/storage/"+st+"/status", data(object{"type", "dir", "total", 9, "active", 1}))
		case 11:
			w := pick(a, "status", "log")
			u := task(n, "qmstart", id)
			s.get(atT+"/tasks/{upid}/"+w, at+"/tasks/"+u+"/"+w, data(object{"upid", u, "node", n, "status", "stopped", "exitstatus", "OK", "type", "qmstart"}))
		case 12:
			w := pick(a, "status", "time", "network", "syslog", "apt/update")
			s.get(atT+"/"+w, at+"/"+w, data([]object{{w, "x", "timezone", "UTC"}}))
		case 13:
			u := pick(a, "root@pam", a.word(2)+"@pve", a.name()+"@pve")
			s.do(pick(a, "GET", "PUT", "DELETE"), "/api2/json/access/users/{userid}", "/api2/json/access/users/"+u, nil, 200, data(object{"enable", 1, "email", "x@y.example", "groups", []any{"admin"}}))
		case 14:
			p := pick(a, a.word(2), "prod")
			s.get("/api2/json/pools/{poolid}", "/api2/json/pools/"+p, data(object{"comment", "x", "members", []object{status}}))
		case 15:
			w := pick(a, "version", "cluster/resources", "cluster/status", "cluster/nextid", "access/ticket", "access/roles", "storage")
			s.get("/api2/json/"+w, "/api2/json/"+w, data([]object{{w, "x", "release", "8.1"}}))
		}
	}
	s.noise(30)
}

// boardsDialect manages servers: capitalized collections, links as the only members of lists, and
// actions called after types.
func boardsDialect(a *api) {
	s := &suite{api: a}
	systems, chassis := []string{"437XR1138R2", "1", a.vendor()}, []string{"1U", "Self", "Rack-" + a.id(styleSmall)}
	root := "/redfish/v1"
	res := func(path, kind string, more ...any) object {
		return append(object{"@odata.id", path, "@odata.type", "#" + kind + ".v1_5_0." + kind, "Id", path[strings.LastIndexByte(path, '/')+1:], "Name", a.name(), "Status", object{"State", "Enabled", "Health", "OK"}}, more...)
	}
	list := func(path, kind string, ids ...string) object {
		return object{"@odata.id", path, "@odata.type", "#" + kind + "Collection." + kind + "Collection", "Name", kind + " Collection", "Members@odata.count", len(ids),
			"Members", some(len(ids), func() object { return object{"@odata.id", path + "/" + pick(a, ids...)} })}
	}
	for range 140 {
		y, c := pick(a, systems...), pick(a, chassis...)
		sy, syT, ch, chT := root+"/Systems/"+y, root+"/Systems/{SystemId}", root+"/Chassis/"+c, root+"/Chassis/{ChassisId}"
		switch a.r.IntN(16) {
		case 0:
			w := pick(a, "Systems", "Chassis", "Managers")
			s.get(root+"/"+w, root+"/"+w, list(root+"/"+w, strings.TrimSuffix(w, "s"), systems...))
		case 1, 2:
			s.do(pick(a, "GET", "GET", "PATCH"), syT, sy, nil, 200, res(sy, "ComputerSystem", "PowerState", "On", "SerialNumber", a.id(styleInt), "Processors", object{"@odata.id", sy + "/Processors"}))
		case 3:
			w := pick(a, "Processors", "Memory", "EthernetInterfaces", "Storage")
			s.get(syT+"/"+w, sy+"/"+w, list(sy+"/"+w, w, "CPU1", "CPU2", "1"))
		case 4:
			p := pick(a, "CPU1", "CPU2", "FPGA1")
			s.get(syT+"/Processors/{ProcessorId}", sy+"/Processors/"+p, res(sy+"/Processors/"+p, "Processor", "TotalCores", 8))
		case 5:
			p := pick(a, "DIMM1", "DIMM2", "DIMM4")
			s.get(syT+"/Memory/{MemoryId}", sy+"/Memory/"+p, res(sy+"/Memory/"+p, "Memory", "CapacityMiB", 32768))
		case 6:
			p := pick(a, "12446A3B0411", "12446A3B8890", "NIC.Integrated.1-1")
			s.get(syT+"/EthernetInterfaces/{EthernetInterfaceId}", sy+"/EthernetInterfaces/"+p, res(sy+"/EthernetInterfaces/"+p, "EthernetInterface", "MACAddress", "12:44:6A:3B:04:11"))
		case 7:
			s.do("POST", syT+"/Actions/ComputerSystem.Reset", sy+"/Actions/ComputerSystem.Reset", object{"ResetType", pick(a, "On", "ForceOff", "GracefulRestart")}, 204, nil)
		case 8:
			s.get(chT, ch, res(ch, "Chassis", "ChassisType", "RackMount", "Links", object{"ComputerSystems", []object{{"@odata.id", sy}}}))
		case 9:
			w := pick(a, "Thermal", "Power")
			s.get(chT+"/"+w, ch+"/"+w, res(ch+"/"+w, w, map[string]string{"Thermal": "Fans", "Power": "PowerControl"}[w], []object{{"MemberId", "0", "Reading", 2100}}))
		case 10:
			s.get(root+"/Managers/{ManagerId}", root+"/Managers/BMC", res(root+"/Managers/BMC", "Manager", "FirmwareVersion", "1.0"))
			m := pick(a, "iDRAC.1", "Self")
			s.get(root+"/Managers/{ManagerId}", root+"/Managers/"+m, res(root+"/Managers/"+m, "Manager", "FirmwareVersion", "1.0"))
		case 11:
			l := pick(a, "Sel", "Log1", "Dump")
			s.get(root+"/Managers/{ManagerId}/LogServices/{LogServiceId}/Entries", root+"/Managers/BMC/LogServices/"+l+"/Entries", list(root+"/Managers/BMC/LogServices/"+l+"/Entries", "LogEntry", "1", "2"))
		case 12:
			n := a.id(styleSmall)
			s.get(root+"/AccountService/Accounts/{AccountId}", root+"/AccountService/Accounts/"+n, res(root+"/AccountService/Accounts/"+n, "ManagerAccount", "UserName", a.name(), "RoleId", "Operator"))
		case 13:
			r := pick(a, "Administrator", "Operator", "ReadOnly")
			s.get(root+"/AccountService/Roles/{RoleId}", root+"/AccountService/Roles/"+r, res(root+"/AccountService/Roles/"+r, "Role", "IsPredefined", true))
		case 14:
			w := pick(a, "AccountService", "SessionService", "UpdateService", "TaskService", "EventService", "Registries")
			s.get(root+"/"+w, root+"/"+w, res(root+"/"+w, w, append([]any{"ServiceEnabled", true}, map[string][]any{"AccountService": {"MinPasswordLength", 8, "LocalAccountAuth", "Enabled"}, "SessionService": {"SessionTimeout", 30}, "UpdateService": {"HttpPushUri", "/push", "MaxImageSizeBytes", 9}, "TaskService": {"DateTime", s.when(), "CompletedTaskOverWritePolicy", "Oldest"}, "EventService": {"DeliveryRetryAttempts", 3}, "Registries": {"Members", []any{}}}[w]...)...))
		case 15:
			n := a.id(styleInt)
			s.do("POST", root+"/SessionService/Sessions", root+"/SessionService/Sessions", object{"UserName", a.name(), "Password", "x"}, 201, res(root+"/SessionService/Sessions/"+n, "Session"))
			s.do("DELETE", root+"/SessionService/Sessions/{SessionId}", root+"/SessionService/Sessions/"+n, nil, 204, nil)
		}
	}
	s.noise(25)
}

// switchesDialect has modules before names, and keys behind equals signs.
func switchesDialect(a *api) {
	s := &suite{api: a}
	ports := []string{"eth0", "GigabitEthernet1", "ge-0%2F0%2F1", "loopback0", a.word(2)}
	for range 110 {
		p := pick(a, ports...)
		name := strings.ReplaceAll(p, "%2F", "/")
		at := "/restconf/data/ietf-interfaces:interfaces"
		entry := object{"name", name, "type", "iana-if-type:ethernetCsmacd", "enabled", true, "oper-status", "up"}
		switch a.r.IntN(10) {
		case 0:
			s.get(at, at, object{"ietf-interfaces:interfaces", object{"interface", []object{entry, entry}}})
		case 1, 2, 3:
			s.do(pick(a, "GET", "PUT", "PATCH", "DELETE"), at+"/interface={name}", at+"/interface="+p, nil, 200, object{"ietf-interfaces:interface", []object{entry}})
		case 4:
			s.get(at+"/interface={name}/ietf-ip:ipv4", at+"/interface="+p+"/ietf-ip:ipv4", object{"ietf-ip:ipv4", object{"mtu", 1500, "forwarding", true}})
		case 5:
			ip := fmt.Sprintf("10.0.%d.%d", a.r.IntN(9), a.r.IntN(250))
			s.do(pick(a, "PUT", "DELETE"), at+"/interface={name}/ietf-ip:ipv4/address={ip}", at+"/interface="+p+"/ietf-ip:ipv4/address="+ip, nil, 204, nil)
		case 6:
			v := fmt.Sprint(10 + a.r.IntN(90))
			s.get("/restconf/data/acme-vlan:vlans/vlan={id}", "/restconf/data/acme-vlan:vlans/vlan="+v, object{"acme-vlan:vlan", object{"id", v, "name", a.word(2)}})
		case 7:
			w := pick(a, "ietf-system:system", "ietf-system:system/hostname", "ietf-yang-library:modules-state", "acme-vlan:vlans")
			s.get("/restconf/data/"+w, "/restconf/data/"+w, object{w, object{"x", "y"}})
		case 8:
			w := pick(a, "ietf-system:system-restart", "acme-vlan:clear-counters")
			s.do("POST", "/restconf/operations/"+w, "/restconf/operations/"+w, object{"input", object{"delay", 5}}, 204, nil)
		case 9:
			w := pick(a, "", "/yang-library-version", "/operations", "/data")
			s.get("/restconf"+w, "/restconf"+w, object{"ietf-restconf:restconf", object{w, "x"}})
		}
	}
	s.noise(15)
}

// tootsDialect has accounts with statuses, timelines by tag and by list, and lookups beside ids.
func tootsDialect(a *api) {
	s := &suite{api: a}
	accounts, posts := some(7, func() string { return "1" + a.id(styleInt) + a.id(styleInt) }), some(9, func() string { return "1" + a.id(styleInt) + a.id(styleInt) })
	account := func(id string) object {
		return object{"id", id, "username", a.name(), "acct", a.name() + "@x.example", "display_name", "x", "locked", false, "created_at", s.when(), "followers_count", 7}
	}
	status := func(id string) object {
		return object{"id", id, "created_at", s.when(), "visibility", pick(a, "public", "unlisted"), "uri", "https://x.example/s/" + id, "content", "<p>x</p>", "account", account(pick(a, accounts...)),
			"tags", []object{{"name", a.name(), "url", "x"}}}
	}
	for range 150 {
		u, p := pick(a, accounts...), pick(a, posts...)
		switch a.r.IntN(18) {
		case 0, 1:
			s.get("/api/v1/accounts/{id}", "/api/v1/accounts/"+u, account(u))
		case 2:
			w := pick(a, "statuses", "followers", "following", "lists")
			s.get("/api/v1/accounts/{id}/"+w, "/api/v1/accounts/"+u+"/"+w+"?limit=40", map[bool][]object{true: {status(p)}, false: {account(u)}}[w == "statuses"])
		case 3:
			v := pick(a, "follow", "unfollow", "mute", "block")
			s.do("POST", "/api/v1/accounts/{id}/"+v, "/api/v1/accounts/"+u+"/"+v, nil, 200, object{"id", u, "following", true, "muting", false})
		case 4:
			w := pick(a, "verify_credentials", "lookup", "search", "relationships", "familiar_followers")
			s.get("/api/v1/accounts/"+w, "/api/v1/accounts/"+w+"?q=x", account(u))
		case 5:
			s.do("PATCH", "/api/v1/accounts/update_credentials", "/api/v1/accounts/update_credentials", object{"note", "x"}, 200, account(u))
		case 6, 7:
			s.do(pick(a, "GET", "GET", "DELETE"), "/api/v1/statuses/{id}", "/api/v1/statuses/"+p, nil, 200, status(p))
		case 8:
			s.do("POST", "/api/v1/statuses", "/api/v1/statuses", object{"status", "x", "visibility", "public"}, 200, status(p))
		case 9:
			v := pick(a, "favourite", "unfavourite", "reblog", "bookmark", "pin")
			s.do("POST", "/api/v1/statuses/{id}/"+v, "/api/v1/statuses/"+p+"/"+v, nil, 200, status(p))
		case 10:
			w := pick(a, "context", "favourited_by", "reblogged_by", "source")
			s.get("/api/v1/statuses/{id}/"+w, "/api/v1/statuses/"+p+"/"+w, object{w, "x", "id", p})
		case 11:
			w := pick(a, "home", "public", "direct")
			s.get("/api/v1/timelines/"+w, "/api/v1/timelines/"+w+"?max_id="+p, []object{status(p)})
		case 12:
			t := pick(a, "caturday", "golang", a.name(), a.word(3))
			s.get("/api/v1/timelines/tag/{hashtag}", "/api/v1/timelines/tag/"+t, []object{append(status(p)[:14:14], "tags", []object{{"name", t, "url", "x"}})})
		case 13:
			s.get("/api/v1/timelines/list/{list_id}", "/api/v1/timelines/list/"+a.id(styleSmall), []object{status(p)})
		case 14:
			t := pick(a, "caturday", "golang", a.name())
			v := pick(a, "", "/follow", "/unfollow")
			m := "POST"
			if v == "" {
				m = "GET"
			}
			s.do(m, "/api/v1/tags/{name}"+v, "/api/v1/tags/"+t+v, nil, 200, object{"name", t, "url", "https://x.example/tags/" + t, "history", []object{{"day", "1700000000", "uses", "7"}}, "following", true})
		case 15:
			n := a.id(styleInt)
			s.get("/api/v1/notifications/{id}", "/api/v1/notifications/"+n, object{"id", n, "type", pick(a, "mention", "favourite"), "account", account(u), "status", status(p)})
		case 16:
			w := pick(a, "instance", "instance/peers", "instance/activity", "custom_emojis", "trends/tags", "trends/statuses", "notifications", "notifications/clear", "preferences", "blocks", "mutes", "bookmarks", "favourites", "domain_blocks", "announcements")
			s.get("/api/v1/"+w, "/api/v1/"+w, []object{{w, "x", "uri", "x.example"}})
		case 17:
			d := a.id(styleInt)
			s.do("PUT", "/api/v1/media/{id}", "/api/v1/media/"+d, object{"description", "x"}, 200, object{"id", d, "type", "image", "url", "x", "blurhash", "U" + a.base62(20)})
		}
	}
	s.noise(40)
}

// brokersDialect has topics, consumer groups and connectors under names that people choose, and
// schemas whose versions are numbers or "latest".
func brokersDialect(a *api) {
	s := &suite{api: a}
	topics := []string{"orders", "payments.v1", a.word(2) + "-events", "_schemas", a.name()}
	groups := []string{"billing", a.word(2) + "-consumer", a.word(3)}
	connectors := []string{"jdbc-sink", "s3-archive", a.word(2) + "-source", "datagen"}
	subjects := []string{"orders-value", "orders-key", a.word(2) + "-value", a.name() + "-value"}
	for range 130 {
		t, g, c, u := pick(a, topics...), pick(a, groups...), pick(a, connectors...), pick(a, subjects...)
		switch a.r.IntN(16) {
		case 0:
			s.get("/topics", "/topics", []any{topics[0], topics[1], topics[2]})
		case 1:
			s.get("/topics/{topic}", "/topics/"+t, object{"name", t, "configs", object{"cleanup.policy", "compact"}, "partitions", []object{{"partition", 0, "leader", 1}}})
		case 2:
			s.do("POST", "/topics/{topic}", "/topics/"+t, object{"records", []object{{"key", "a", "value", "b"}}}, 200, object{"offsets", []object{{"partition", 2, "offset", 100}}})
		case 3:
			n := a.id(styleSmall)
			s.get("/topics/{topic}/partitions/{partition}", "/topics/"+t+"/partitions/"+n, object{"partition", n, "leader", 1, "replicas", []object{{"broker", 1}}})
		case 4:
			s.do("POST", "/consumers/{group}", "/consumers/"+g, object{"name", "i1", "format", "json"}, 200, object{"instance_id", "i1", "base_uri", "http://rest.example/consumers/" + g + "/instances/i1"})
		case 5:
			w := pick(a, "records", "subscription", "offsets")
			s.get("/consumers/{group}/instances/{instance}/"+w, "/consumers/"+g+"/instances/"+pick(a, "i1", "rest-consumer-"+a.id(styleUUID))+"/"+w, object{w, []object{{"topic", t, "key", "a"}}})
		case 6, 7:
			s.get("/connectors/{name}", "/connectors/"+c, object{"name", c, "config", object{"connector.class", "Sink", "name", c}, "tasks", []object{{"connector", c, "task", 0}}, "type", "sink"})
		case 8:
			v := pick(a, "pause", "resume")
			s.do("PUT", "/connectors/{name}/"+v, "/connectors/"+c+"/"+v, nil, 202, nil)
		case 9:
			w := pick(a, "status", "config", "topics")
			s.get("/connectors/{name}/"+w, "/connectors/"+c+"/"+w, object{"name", c, w, "x"})
		case 10:
			n := fmt.Sprint(a.r.IntN(3))
			s.get("/connectors/{name}/tasks/{task}/status", "/connectors/"+c+"/tasks/"+n+"/status", object{"id", n, "state", "RUNNING", "worker_id", "10.0.0.1:8083"})
		case 11:
			s.get("/subjects", "/subjects", []any{subjects[0], subjects[1]})
		case 12, 13:
			v := pick(a, "1", "2", "3", "latest", "latest")
			s.get("/subjects/{subject}/versions/{version}", "/subjects/"+u+"/versions/"+v, object{"subject", u, "version", 1 + a.r.IntN(3), "id", a.r.IntN(99), "schema", "{}"})
		case 14:
			n := a.id(styleSmall)
			s.get("/schemas/ids/{id}", "/schemas/ids/"+n, object{"schema", "{\"type\": \"record\"}"})
		case 15:
			w := pick(a, "config", "brokers", "connector-plugins", "connectors", "schemas/types", "mode", "subjects/"+u+"/versions")
			tpl := w
			if strings.HasPrefix(w, "subjects/") {
				tpl = "subjects/{subject}/versions"
			}
			s.get("/"+tpl, "/"+w, []any{1, 2, 3})
		}
	}
	s.noise(25)
}
