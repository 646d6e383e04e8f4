// A sensor on an ESP32: measures every five seconds, and posts a batch each minute.
//
// Readings wait in memory while there is no network, up to an hour of them; a power cut loses them.
// Needs the ESP32 core 3.1 or newer for Arduino, and no further library. A test compiles this file
// with small stand-ins for the core's headers and runs it on a computer. On a board it is not tried here.

#include <HTTPClient.h>
#include <NetworkClientSecure.h>
#include <WiFi.h>
#include <time.h>

const char* URL = "https://YOUR-PROJECT.web.app/api/v1/devices/data";
const char* KEY = "KEY";
const char* NETWORK = "NETWORK";
const char* PASSWORD = "PASSWORD";

const int IN_A_POST = 12;
const int MOST = 720;

String waiting[MOST];  // readings as JSON; a ring, the oldest at `first`
int first = 0, count = 0;
String batch;          // the body that is being posted: unchanged until it is accepted
uint32_t boot = 0, posts = 0;  // together the name of a POST
uint32_t nextMeasure = 0, nextPost = 0, pauseSeconds = 1;

void keep(const char* type, float value) {
  time_t seconds = time(nullptr);
  struct tm utc;
  gmtime_r(&seconds, &utc);
  char text[25];
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  if (count == MOST) {  // the oldest gives way
    first = (first + 1) % MOST;
    count--;
  }
  waiting[(first + count++) % MOST] = String("{\"type\":\"") + type + "\",\"value\":" + String(value, 1) +
                                      ",\"timestamp\":\"" + text + "\"}";
}

void begin() {
  batch = "{\"data\":[";
  for (int i = 0; i < IN_A_POST; i++) {
    if (i) batch += ",";
    batch += waiting[first];
    waiting[first] = "";
    first = (first + 1) % MOST;
    count--;
  }
  batch += "]}";
  posts++;
}

// Posts the batch once. False: the same has to be sent again, after `pauseSeconds`.
bool post() {
  if (WiFi.status() != WL_CONNECTED) return false;
  NetworkClientSecure network;
  network.setDefaultCACertBundle();  // the server has to prove that it is the server: it gets the key
  HTTPClient http;
  if (String(URL).startsWith("https")) http.begin(network, URL);
  else http.begin(URL);
  http.setTimeout(10000);
  const char* wanted[] = {"Retry-After"};
  http.collectHeaders(wanted, 1);
  http.addHeader("Content-Type", "application/json");
  http.addHeader("X-API-Key", KEY);
  http.addHeader("Idempotency-Key", String(boot) + "/" + String(posts));
  int status = http.POST(batch);
  uint32_t asked = http.header("Retry-After").toInt();
  http.end();
  if (status == 200) return true;
  if (status >= 400 && status < 500 && status != 429) {
    Serial.println(String("refused: ") + String(status));  // wrong, and wrong the next time too
    return true;
  }
  if (asked > pauseSeconds) pauseSeconds = asked;
  return false;
}

void setup() {
  Serial.begin(115200);
  WiFi.begin(NETWORK, PASSWORD);  // the core joins again by itself after a break
  while (WiFi.status() != WL_CONNECTED) delay(500);
  boot = esp_random();  // with the radio on it is truly random
  configTime(0, 0, "pool.ntp.org");
  while (time(nullptr) < 1700000000) delay(500);
}

void loop() {
  uint32_t now = millis();
  if ((int32_t)(now - nextMeasure) >= 0) {
    keep("temperature", temperatureRead());
    nextMeasure = now + 5000;
  }
  if (batch.length() == 0 && count >= IN_A_POST) begin();
  if (batch.length() > 0 && (int32_t)(now - nextPost) >= 0) {
    if (post()) {
      batch = "";
      pauseSeconds = 1;
    } else {
      nextPost = now + pauseSeconds * 1000;
      pauseSeconds = pauseSeconds < 30 ? pauseSeconds * 2 : 60;
    }
  }
  delay(50);
}
