package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"strings"

	"github.com/matrix-org/gomatrixserverlib"
	"github.com/matrix-org/gomatrixserverlib/fclient"
	"github.com/matrix-org/gomatrixserverlib/spec"
	"github.com/nats-io/nats.go"
	"github.com/sirupsen/logrus"

	"github.com/element-hq/dendrite/federationapi/producers"
	"github.com/element-hq/dendrite/federationapi/routing"
	"github.com/element-hq/dendrite/internal"
	rsapi "github.com/element-hq/dendrite/roomserver/api"
	"github.com/element-hq/dendrite/setup/config"
	"github.com/element-hq/dendrite/syncapi/types"
	userapi "github.com/element-hq/dendrite/userapi/api"
)

// receiver is not a server of the corpus, because a server drops EDUs of its own users.
const receiver = "receiver.example"

func main() {
	logrus.SetOutput(io.Discard)
	serve(hello{
		Versions: versions(),
		Kinds: map[string]string{
			"edu":           "routing.Send of a transaction with this EDU: all contents reach the queue of the sync API",
			"message":       "the same, of an EDU with this content",
			"receipt":       "the same, from that origin, for local users",
			"transaction":   "routing.Send",
			"delivery":      "routing.Send: the contents that reach the queue of the sync API for local users",
			"userId":        "spec.NewUserID with historical IDs allowed, and without",
			"serverName":    "spec.ParseAndValidateServerName",
			"canonicalJson": "gomatrixserverlib.EnforcedCanonicalJSON, room version 10",
		},
	}, run)
}

func versions() map[string]string {
	const library = "github.com/matrix-org/gomatrixserverlib"
	found := map[string]string{"Dendrite": internal.VersionString()}
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == library {
			found["gomatrixserverlib"] = dependency.Version
		}
	}
	return found
}

func run(each testCase) answer {
	switch each.Kind {
	case "userId":
		return userID(each.Text)
	case "serverName":
		return serverName(each.Text)
	case "canonicalJson":
		return canonicalJSON(each.Text)
	case "edu":
		return edu(each.Text, originOf(each.Text), receiver, false)
	case "message":
		text := eduText(each.Text)
		return edu(text, originOf(text), receiver, false)
	case "receipt":
		return edu(each.Text, spec.ServerName(each.Origin), each.Local, true)
	case "transaction":
		return transaction(each.Text)
	case "delivery":
		return delivery(each)
	}
	return unsupported("")
}

func userID(text string) answer {
	value, err := readString(text)
	if err != nil {
		return reject(err.Error())
	}
	if _, err = spec.NewUserID(value, true); err != nil {
		return reject(err.Error())
	}
	result := accept()
	if _, err = spec.NewUserID(value, false); err == nil {
		result.Grammar = "strict"
	} else if !strings.HasPrefix(value, "@:") {
		// It has no class for an empty localpart.
		result.Grammar = "historical"
	}
	return result
}

func serverName(text string) answer {
	value, err := readString(text)
	if err != nil {
		return reject(err.Error())
	}
	if _, _, valid := spec.ParseAndValidateServerName(spec.ServerName(value)); !valid {
		return reject("invalid server name")
	}
	return accept()
}

func canonicalJSON(text string) answer {
	canonical, err := gomatrixserverlib.EnforcedCanonicalJSON([]byte(text), gomatrixserverlib.RoomVersionV10)
	if err != nil {
		return reject(err.Error())
	}
	result := accept()
	written := string(canonical)
	result.Text = &written
	return result
}

// Dendrite does not report dropped EDUs, so an EDU counts as accepted if all its contents are forwarded.
func edu(text string, origin spec.ServerName, local string, onlyLocal bool) answer {
	status, reason, published := send(bodyText(text), origin, local, nil)
	if status != http.StatusOK {
		return reject(reason)
	}
	var read struct {
		Content struct {
			Messages map[string]map[string]json.RawMessage `json:"messages"`
		} `json:"content"`
	}
	expected := 0
	if err := json.Unmarshal([]byte(text), &read); err != nil {
		expected = 1
	}
	for _, devices := range read.Content.Messages {
		expected += len(devices)
	}
	if expected == 0 {
		return unsupported("no contents: acceptance cannot be observed")
	}
	passedOn := 0
	for _, each := range published {
		if !onlyLocal || isLocal(each.UserID, local) {
			passedOn++
		}
	}
	if passedOn < expected {
		return reject("dropped")
	}
	return accept()
}

func transaction(text string) answer {
	status, reason, _ := send(text, "example.com", receiver, nil)
	if status != http.StatusOK {
		return reject(reason)
	}
	result := accept()
	var read struct {
		EDUs []json.RawMessage `json:"edus"`
	}
	if err := json.Unmarshal([]byte(text), &read); err != nil {
		return result
	}
	for _, each := range read.EDUs {
		verdict := edu(string(each), originOf(string(each)), receiver, false).Verdict
		if verdict == "unsupported" {
			result.Edus = nil
			return result
		}
		result.Edus = append(result.Edus, verdict)
	}
	return result
}

func delivery(each testCase) answer {
	content := fmt.Sprintf(`{"sender":"@john:example.com","type":"m.test","message_id":"m1","messages":%s}`, each.Text)
	status, reason, published := send(bodyText(eduText(content)), "example.com", each.Local, each.Devices)
	if status != http.StatusOK {
		return reject(reason)
	}
	deliveries := [][3]any{}
	for _, one := range published {
		if isLocal(one.UserID, each.Local) {
			deliveries = append(deliveries, [3]any{one.UserID, one.DeviceID, one.Content})
		}
	}
	result := accept()
	result.Deliveries = &deliveries
	return result
}

func eduText(content string) string {
	return fmt.Sprintf(`{"edu_type":"m.direct_to_device","content":%s}`, content)
}

func bodyText(edu string) string {
	return fmt.Sprintf(`{"origin":"example.com","origin_server_ts":1,"pdus":[],"edus":[%s]}`, edu)
}

// originOf is the server that may send an EDU: that of its sender, if that is a valid server.
func originOf(text string) spec.ServerName {
	var read struct {
		Content struct {
			Sender string `json:"sender"`
		} `json:"content"`
	}
	_ = json.Unmarshal([]byte(text), &read)
	_, domain, err := gomatrixserverlib.SplitID('@', read.Content.Sender)
	if err != nil {
		return "example.com"
	}
	if _, _, valid := spec.ParseAndValidateServerName(domain); !valid {
		return "example.com"
	}
	return domain
}

// The consumer of that queue (OutputSendToDeviceEventConsumer) skips the users of other servers.
func isLocal(userID, local string) bool {
	_, domain, err := gomatrixserverlib.SplitID('@', userID)
	return err == nil && string(domain) == local
}

// directory knows the devices that a case lists; without a list, one device for every user.
type directory struct {
	userapi.FederationUserAPI
	devices map[string][]string
}

func (d directory) QueryDevices(
	_ context.Context, request *userapi.QueryDevicesRequest, response *userapi.QueryDevicesResponse,
) error {
	known := []string{"DEVICE"}
	if d.devices != nil {
		known = d.devices[request.UserID]
	}
	for _, each := range known {
		response.Devices = append(response.Devices, userapi.Device{ID: each, UserID: request.UserID})
	}
	return nil
}

// queue records published messages instead of sending them to NATS.
type queue struct {
	nats.JetStreamContext
	published []types.OutputSendToDeviceEvent
}

func (q *queue) PublishMsg(message *nats.Msg, _ ...nats.PubOpt) (*nats.PubAck, error) {
	var output types.OutputSendToDeviceEvent
	if err := json.Unmarshal(message.Data, &output); err != nil {
		return nil, err
	}
	q.published = append(q.published, output)
	return &nats.PubAck{}, nil
}

// rooms contains no room, so PDUs are skipped.
type rooms struct {
	rsapi.FederationRoomserverAPI
}

func (rooms) QueryRoomVersionForRoom(context.Context, string) (gomatrixserverlib.RoomVersion, error) {
	return "", errors.New("unknown room")
}

var transactions int

// send passes a signed request to the handler of PUT /send; only the signature check is omitted.
func send(
	body string, origin spec.ServerName, local string, devices map[string][]string,
) (status int, reason string, published []types.OutputSendToDeviceEvent) {
	request := fclient.NewFederationRequest(http.MethodPut, origin, spec.ServerName(local), "/")
	if err := request.SetContent(json.RawMessage(body)); err != nil {
		return http.StatusBadRequest, err.Error(), nil
	}
	global := &config.Global{}
	global.ServerName = spec.ServerName(local)
	configuration := &config.FederationAPI{Matrix: global}
	users := directory{devices: devices}
	sink := &queue{}
	producer := &producers.SyncAPIProducer{JetStream: sink, Config: configuration, UserAPI: users}
	transactions++
	response := routing.Send(
		httptest.NewRequest(http.MethodPut, "/", strings.NewReader("")), &request,
		gomatrixserverlib.TransactionID(fmt.Sprint(transactions)), configuration, rooms{}, users, nil, nil,
		internal.NewMutexByRoom(), producer,
	)
	if refusal, ok := response.JSON.(spec.MatrixError); ok {
		reason = refusal.Err
	}
	return response.Code, reason, sink.published
}
