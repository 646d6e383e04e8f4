// Runs a sketch for a number of simulated seconds: main SECONDS FIRST_SECOND_WITHOUT_NETWORK LAST.
#include "Arduino.h"
#include "WiFi.h"

#include SKETCH

#undef time
uint32_t simulated = 0;
SerialPort Serial;
Network WiFi;
static uint32_t without_from, without_to;
static time_t began = ::time(nullptr) - 3600;

uint32_t millis() { return simulated; }
void delay(uint32_t milliseconds) { simulated += milliseconds; }
time_t simulatedTime(time_t*) { return began + simulated / 1000; }
float temperatureRead() { return simulated / 1000; }
int Network::status() {
  uint32_t second = simulated / 1000;
  return second >= without_from && second < without_to ? WL_DISCONNECTED : WL_CONNECTED;
}

int main(int, char** arguments) {
  uint32_t seconds = atol(arguments[1]);
  without_from = atol(arguments[2]);
  without_to = atol(arguments[3]);
  setup();
  while (simulated < seconds * 1000) loop();
}
